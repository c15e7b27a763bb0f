package org.bitref.cli.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.SoftmaxKernel;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Probes of functions, from the folder to the recipe. */
class FunctionProbeTest {
  private static final String SILU = "silu(calc=f32,exp=cuda,out=f32)";
  private static final String SOFTMAX = "softmax(calc=f32,exp=cuda,sum=lanes(32,vec=4),out=f32)";
  private static final String NORM =
      "norm(form=f32_weight,calc=f32,sum=lanes(64,vec=4,group=32),rsqrt=sfu,w=f32,out=f32)";

  @TempDir private Path temp;

  private Path make(String functions) {
    Path folder = temp.resolve("probe");
    Cli.run(
            "probe",
            "make",
            "--functions",
            functions,
            "--dtype",
            "f32",
            "--shape",
            "48x320",
            "-o",
            folder,
            "--force")
        .exits(0);
    return folder;
  }

  /** What a device of these recipes would answer. */
  private static Path answers(Path folder, Map<String, String> changed) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("inputs_sha256", ProbeFolder.sha256(folder.resolve("inputs.safetensors")));
    metadata.put("device", "a device");
    metadata.putAll(changed);
    List<TensorEntry> entries = new ArrayList<>();
    Path out = folder.resolve("outputs.safetensors");
    try (TensorSource inputs = Sources.open(folder.resolve("inputs.safetensors"));
        Workers workers = new Workers(1)) {
      for (String recipe : List.of(SILU, SOFTMAX, NORM)) {
        String name = recipe.substring(0, recipe.indexOf('('));
        Tensor x = inputs.read(name + ".x");
        Tensor y =
            switch (StageRecipe.parse(recipe)) {
              case PointRecipe point -> new PointKernel(point).run(x, workers);
              case SoftmaxRecipe softmax -> new SoftmaxKernel(softmax).run(x, workers);
              case NormRecipe norm ->
                  new NormKernel(norm, FunctionSetup.EPS)
                      .run(x, inputs.read("norm.weight"), x.shape(), workers);
              default -> throw new IllegalArgumentException(recipe);
            };
        entries.add(TensorEntry.of(name + ".y", y));
        entries.add(TensorEntry.of(name + ".y.repeat", y));
      }
      SafetensorsWriter.write(out, metadata, entries, true);
    }
    return out;
  }

  @Test
  void functionsAreDecodedSavedAndUsed() throws IOException {
    Path folder = make("silu,softmax,norm");
    Path out = answers(folder, Map.of());
    Path fleet = temp.resolve("fleet.json");
    JsonNode found =
        Cli.run("probe", "decode", folder, out, "--save", fleet + "#a", "--format", "json")
            .exits(0)
            .json();
    assertEquals("bitref.probe.decode/1", found.get("schema").asText());
    assertEquals("decoded", found.get("verdict").asText());
    assertEquals(3, found.get("evidence").size());
    assertEquals(SILU, found.get("functions").get(0).get("recipe").asText());
    assertTrue(found.get("recipe").asText().contains("softmax = " + SOFTMAX), found.toString());
    Cli shown = Cli.run("recipes", "show", "catalogue:" + fleet + "#a.norm").exits(0);
    assertTrue(shown.out().contains("sum=lanes(64,vec=4,group=32),rsqrt=sfu"), shown.out());
    Path rules = temp.resolve("rules.txt");
    Files.writeString(rules, ".*_ln = catalogue:" + fleet + "#a.norm\n.* = " + SILU + "\n");
    Cli used = Cli.run("recipes", "show", rules).exits(0);
    assertTrue(used.out().contains("a.norm") || used.out().contains("lanes(64"), used.out());
    Cli text = Cli.run("probe", "decode", folder, out).exits(0);
    assertTrue(text.out().startsWith("decoded\nsilu\n    " + SILU), text.out());
  }

  /** Two rows do not tell the orders of a sum apart. */
  @Test
  void theNextRoundAsksMoreRowsOfWhatIsAmbiguous() {
    Path folder = temp.resolve("few");
    Cli.run(
            "probe",
            "make",
            "--functions",
            "silu,softmax,norm",
            "--dtype",
            "f32",
            "--shape",
            "2x64",
            "-o",
            folder)
        .exits(0);
    Path next = temp.resolve("next");
    JsonNode first =
        Cli.run(
                "probe",
                "decode",
                folder,
                answers(folder, Map.of()),
                "-o",
                next,
                "--format",
                "json")
            .exits(4)
            .json();
    assertEquals("ambiguous", first.get("verdict").asText());
    assertEquals(next.toString(), first.get("next_path").asText());
    Cli again = Cli.run("inspect", next.resolve("inputs.safetensors")).exits(0);
    assertTrue(again.out().contains("norm.x"), again.out());
    assertFalse(again.out().contains("silu.x"), again.out());
    assertTrue(again.out().contains("[8,64]"), again.out());
  }

  @Test
  void whatDoesNotBelongIsRefused() throws IOException {
    Path folder = make("silu,softmax,norm");
    Path out = answers(folder, Map.of("inputs_sha256", "0"));
    Cli other = Cli.run("probe", "decode", folder, out).exits(3);
    assertTrue(other.err().contains("belongs to other inputs"), other.err());
    byte[] bytes = Files.readAllBytes(answers(folder, Map.of()));
    byte[] flipped = bytes.clone();
    flipped[bytes.length - 1] ^= 1;
    Files.write(out, flipped);
    Cli repeat = Cli.run("probe", "decode", folder, out).exits(3);
    assertTrue(repeat.err().contains("1 of 15360 outputs changed"), repeat.err());
    Files.write(out, Arrays.copyOf(bytes, bytes.length - 100));
    Cli.run("probe", "decode", folder, out).exits(3);
    Path more = make("silu,softmax,norm,rcp");
    Cli missing = Cli.run("probe", "decode", more, answers(more, Map.of())).exits(3);
    assertTrue(missing.err().contains("rcp.y"), missing.err());
  }

  @Test
  void anotherTypeIsRefused() {
    Path folder = make("silu");
    Map<String, String> metadata =
        Map.of("inputs_sha256", ProbeFolder.sha256(folder.resolve("inputs.safetensors")));
    try (TensorSource inputs = Sources.open(folder.resolve("inputs.safetensors"))) {
      Tensor y = inputs.read("silu.x").cast(DType.F16);
      Path out = folder.resolve("outputs.safetensors");
      SafetensorsWriter.write(out, metadata, List.of(TensorEntry.of("silu.y", y)), true);
      Cli refused = Cli.run("probe", "decode", folder, out).exits(3);
      assertTrue(refused.err().contains("is F16 [5632] where F32 [5632]"), refused.err());
    }
  }

  @Test
  void unknownFunctionsAndShapesAreUsageErrors() {
    Path folder = temp.resolve("none");
    Cli.run("probe", "make", "--functions", "tan", "--dtype", "f32", "-o", folder).exits(2);
    Cli.run("probe", "make", "--functions", "all", "--dtype", "f64", "-o", folder).exits(2);
    Cli.run("probe", "make", "--functions", "all", "--dtype", "f16", "--shape", "4", "-o", folder)
        .exits(2);
    Cli.run("probe", "make", "--dtype", "f16", "-o", folder).exits(2);
    assertFalse(Files.exists(folder));
  }

  /** Runs a script of the folder with the Python that {@code bitref.python} names. */
  private static void python(Path folder, String script) throws IOException {
    String python = System.getProperty("bitref.python", "");
    assumeTrue(!python.isEmpty(), "bitref.python names no Python");
    Process process =
        new ProcessBuilder(python, folder.resolve(script).toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.onExit().join().exitValue();
    assumeTrue(code != 3 || !said.contains("is not installed"), said);
    assertEquals(0, code, said);
  }

  private static void assertKnown(Path folder, List<String> names) {
    Path out = folder.resolve("outputs.safetensors");
    JsonNode found = Cli.run("probe", "decode", folder, out, "--format", "json").json();
    for (JsonNode function : found.get("functions")) {
      if (names.contains(function.get("name").asText())) {
        assertEquals("decoded", function.get("verdict").asText(), function.toString());
      }
    }
  }

  @Test
  void pyTorchOnTheCpuIsDecoded() throws IOException {
    Path folder = make("all");
    python(folder, "run_torch.py");
    assertKnown(folder, List.of("rcp", "rsqrt", "softmax", "norm", "norm.fused"));
  }

  @Test
  void onnxRuntimeOnTheCpuIsDecoded() throws IOException {
    Path folder = make("all");
    python(folder, "run_onnxruntime.py");
    assertKnown(folder, List.of("rcp", "rsqrt", "norm"));
  }
}
