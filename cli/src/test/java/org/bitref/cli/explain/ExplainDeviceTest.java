package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.cli.html.WebPage;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.operation.Pointwise;
import org.bitref.recipe.Device;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An activation of so few values that functions of CPUs and of GPUs give it. */
class ExplainDeviceTest {
  private static final Pattern ONE_OF = Pattern.compile("one of (\\d+) recipes that fit");

  @TempDir private Path temp;
  private Path file;

  @BeforeEach
  void write() {
    Random random = new Random(11);
    Tensor x = Tensor.ofDoubles(Shape.of(4, 8), random.doubles(32, -2, 2).toArray());
    Tensor gate = x.cast(DType.F16);
    Pointwise silu = new Pointwise(PointRecipe.Kind.SILU, gate, Optional.empty());
    List<TensorEntry> entries = new ArrayList<>();
    try (Workers workers = new Workers(1)) {
      for (String system : List.of("a", "b")) {
        String form = system.equals("a") ? "div" : "low";
        String recipe = "silu(form=%s,calc=f32,exp=sleef,out=f16)".formatted(form);
        entries.add(TensorEntry.of(system + ".gate_proj", gate));
        entries.add(
            TensorEntry.of(system + ".mlp_act", silu.run(StageRecipe.parse(recipe), workers)));
      }
    }
    file = temp.resolve("two.safetensors");
    SafetensorsWriter.write(file, Map.of(), entries, true);
  }

  private Cli explain(String... more) {
    List<Object> words = new ArrayList<>(List.of("explain", file));
    words.addAll(List.of(more));
    return Cli.run(words.toArray()).exits(0);
  }

  @Test
  void recipesOfAnotherKindOfMachineAreNotCounted() {
    JsonNode json = explain("--format", "json").json();
    List<StageRecipe> fit =
        json.at("/stages/1/systems/0/evidence/ties").findValuesAsText("recipe").stream()
            .map(StageRecipe::parse)
            .toList();
    long ofCpu = fit.stream().filter(one -> Device.CPU.fit(one) != Device.Fit.OTHER_KIND).count();
    assertTrue(ofCpu < fit.size(), fit.toString());
    assertEquals(fit.size(), fitting(explain()));
    assertEquals(ofCpu, fitting(explain("--device", "cpu")));
    assertEquals(fit.size(), fitting(explain("--device", "b=cpu")));
  }

  /** The number of system a; that of b is left out where one function fits. */
  private static int fitting(Cli run) {
    Matcher said = ONE_OF.matcher(run.out().replaceAll("\\s+", " "));
    assertTrue(said.find(), run.out());
    return Integer.parseInt(said.group(1));
  }

  @Test
  void thePageAndMarkdownSayTheDevice() {
    Path html = temp.resolve("page.html");
    String[] page = {"--html", html.toString(), "--force", "--format", "markdown"};
    String both = explain(with(page, "--device", "a=h100,b=cpu")).out();
    assertTrue(both.contains("| a | 2 | 1 | h100 |") && both.contains("| b | 2 | 1 | cpu |"), both);
    String fact = "a computed on h100, b computed on cpu; stages recomputed: 1 of 2, 1 of 2";
    assertEquals(fact, ofSystems(html));
    String one = explain(with(page, "--device", "h100")).out();
    assertTrue(one.contains("| b | 2 | 1 | h100 |"), one);
    assertEquals("computed on h100; stages recomputed: 1 of 2, 1 of 2", ofSystems(html));
    String none = explain(page).out();
    assertTrue(none.contains("| b | 2 | 1 |  |"), none);
    assertEquals("device not named; stages recomputed: 1 of 2, 1 of 2", ofSystems(html));
  }

  private static String[] with(String[] words, String option, String value) {
    return Stream.concat(Stream.of(words), Stream.of(option, value)).toArray(String[]::new);
  }

  private static String ofSystems(Path html) {
    return WebPage.read(html).texts("dd").stream()
        .filter(text -> text.contains("stages recomputed"))
        .findFirst()
        .orElseThrow();
  }
}
