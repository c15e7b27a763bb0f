package org.bitref.cli.recipes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.cli.recipes.Catalogue.Entry;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recipes that were decoded on some device, used by the other commands. */
class CatalogueTest {
  private static final Object[] JSON = {"--format", "json"};
  private static final String HALF =
      "in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | none | none | cvt(f16,rne)";
  private static final String FLOAT =
      "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";
  private static final String BRAIN =
      "in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(bf16,rne)";

  @TempDir private Path temp;
  private Path fleet;

  @BeforeEach
  void fill() {
    fleet = temp.resolve("fleet.json");
    add("cublas", FLOAT, "H100");
    add("trt-q", HALF, "Thor");
    add("brain", BRAIN, "Thor");
  }

  private void add(String name, String recipe, String device) {
    Catalogue.add(fleet, new Entry(name, recipe, device, "torch 2.9", "", "", "1x2x3", 7), false);
  }

  private String entry(String name) {
    return Catalogue.PREFIX + fleet + "#" + name;
  }

  @Test
  void identifyNamesTheEntriesThatFitAndSearchesOn() {
    Path file = temp.resolve("product.safetensors");
    Tensor x = normal(16, 64);
    Tensor w = normal(24, 64);
    List<TensorEntry> entries =
        List.of(
            TensorEntry.of("x", x),
            TensorEntry.of("w", w),
            TensorEntry.of("y", product(HALF, x, w)));
    SafetensorsWriter.write(file, Map.of(), entries, true);
    Object[] words = {"identify", file, "--x", "x", "--w", "w", "--y", "y", "--catalogue", fleet};
    JsonNode found = Cli.run(Stream.of(words, JSON).flatMap(Stream::of).toArray()).json();
    JsonNode known = found.get("catalogue");
    assertEquals(List.of("trt-q", "cublas"), known.findValuesAsText("name"));
    assertEquals(16 * 24, known.get(0).get("equal").asLong());
    assertTrue(known.get(1).get("equal").asLong() < 16 * 24, known.toString());
    assertTrue(found.get("tried").asLong() > known.size(), found.toString());
    assertTrue(Cli.run(words).out().contains("catalogue: trt-q (Thor, torch 2.9)"));
  }

  private static Tensor normal(long rows, long columns) {
    Random random = new Random(rows);
    TensorBuilder values = new TensorBuilder(DType.F16, Shape.of(rows, columns));
    for (long i = 0; i < rows * columns; i++) {
      values.set(i, random.nextGaussian());
    }
    return values.build();
  }

  @Test
  void goldenTakesAnEntryForAllProductsOrForSome() throws IOException {
    Path rules =
        Files.writeString(
            temp.resolve("rules"),
            "# q of Thor\n.*\\.q_proj = "
                + entry("brain")
                + " # decoded\n"
                + Files.readString(base()));
    Path whole = golden(entry("brain"), "whole");
    Path some = golden(rules.toString(), "some");
    Path none = golden("hf-bf16-eager", "none");
    try (TensorSource all = Sources.open(whole);
        TensorSource part = Sources.open(some);
        TensorSource cpu = Sources.open(none)) {
      assertTrue(all.metadata().get("recipe.rules").contains(BRAIN));
      String q = "layers.0.q_proj";
      String k = "layers.0.k_proj";
      assertEquals(-1, all.read(q).data().mismatch(part.read(q).data()));
      assertEquals(-1, cpu.read(k).data().mismatch(part.read(k).data()));
      assertTrue(cpu.read(q).data().mismatch(part.read(q).data()) >= 0);
      assertTrue(all.read(k).data().mismatch(part.read(k).data()) >= 0);
    }
  }

  private Path base() throws IOException {
    String text = Cli.run("recipes", "show", "hf-bf16-eager").exits(0).out();
    return Files.writeString(temp.resolve("base"), text);
  }

  private Path golden(String recipe, String name) {
    Path out = temp.resolve(name + ".safetensors");
    Object[] words = {
      "golden",
      Cli.MODEL,
      "--inputs",
      Cli.CAPTURE,
      "--recipe",
      recipe,
      "-o",
      out,
      "--stages",
      "layers.0.[qk]_proj"
    };
    Cli run = Cli.run(words);
    assertEquals(0, run.code(), run.err());
    return out;
  }

  @Test
  void sweepRunsAHypothesisOfAnEntry() throws IOException {
    String experiment =
        """
        {"captures": ["%s"], "reference": "hf-bf16-eager",
         "hypotheses": [
           {"name": "catalogue", "rules": {".*_proj": "%s"}},
           {"name": "text", "rules": {".*_proj": "%s"}},
           {"name": "other", "rules": {".*_proj": "%s"}}]}
        """
            .formatted(twoSystems(), entry("cublas"), FLOAT, HALF);
    Path file = Files.writeString(temp.resolve("e.json"), experiment);
    JsonNode cells = Cli.run("sweep", file, "--format", "json").exits(0).json().get("cells");
    List<String> equal = new ArrayList<>();
    for (String hypothesis : List.of("catalogue", "text", "other")) {
      equal.add("");
      for (JsonNode cell : cells) {
        if (cell.get("hypothesis").asText().equals(hypothesis)) {
          equal.add(equal.removeLast() + " " + cell.get("equal").asText());
        }
      }
    }
    assertEquals(equal.get(0), equal.get(1));
    assertTrue(equal.get(0).contains(" 384"), cells.toString());
    assertNotEquals(equal.get(0), equal.get(2));
  }

  @Tag("long")
  @Test
  void explainSaysWhichStagesAnEntryExplains() {
    JsonNode known =
        Cli.run("explain", twoSystems(), "--catalogue", fleet, "--format", "json")
            .json()
            .get("catalogue");
    assertEquals(List.of("cublas", "trt-q", "brain"), known.findValuesAsText("name"));
    assertEquals("[\"gpu.layers.0.q_proj\"]", known.get(0).get("stages").toString());
    assertEquals("[\"trt.layers.0.q_proj\"]", known.get(1).get("stages").toString());
    assertEquals("[]", known.get(2).get("stages").toString());
  }

  /** A product of two systems on shared inputs. */
  private Path twoSystems() {
    Path capture = temp.resolve("systems.safetensors");
    Tensor x = normal(16, 64);
    Tensor w = normal(24, 64);
    List<TensorEntry> entries =
        List.of(
            TensorEntry.of("in.input_ln", x),
            TensorEntry.of("w.q_proj", w),
            TensorEntry.of("gpu.q_proj", product(FLOAT, x, w)),
            TensorEntry.of("trt.q_proj", product(HALF, x, w)));
    SafetensorsWriter.write(capture, Map.of(), entries, true);
    return capture;
  }

  private static Tensor product(String recipe, Tensor x, Tensor w) {
    try (Workers workers = new Workers(1)) {
      return Kernels.gemm(GemmRecipe.parse(recipe)).multiply(x, w, GemmOperands.NONE, workers);
    }
  }

  @Test
  void anUnknownEntryGetsTheNearestNames() {
    Cli run = Cli.run("recipes", "show", entry("trt-k")).exits(3);
    assertTrue(run.err().contains("has no entry \"trt-k\""), run.err());
    assertTrue(run.err().contains("The nearest names are \"trt-q\", "), run.err());
    String all = "recipes show " + Catalogue.PREFIX + fleet;
    assertTrue(run.err().contains("bitref " + all + " lists all"), run.err());
    Cli list = Cli.run((Object[]) all.split(" ")).exits(0);
    assertTrue(list.out().contains("trt-q = " + HALF), list.out());
  }
}
