package org.bitref.cli.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.cli.Cli;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeCommandTest {
  private static final String SPLIT =
      "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=3,g=64,residue=last)"
          + " | partial=f32,order=fwd,add=f32rne | cvt(f16,rne)";

  @TempDir private Path temp;

  private Path make(Object... more) {
    Path folder = temp.resolve("probe");
    List<Object> args = new ArrayList<>(List.of("probe", "make", "-o", folder, "--force"));
    args.addAll(List.of(more));
    if (!args.contains("--dtype")) {
      args.addAll(List.of("--dtype", "f16"));
    }
    Cli.run(args.toArray()).exits(0);
    return folder;
  }

  /** What a device of this arithmetic would answer. */
  private Path answers(Path folder, String recipe, Map<String, String> changed) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("inputs_sha256", ProbeFolder.sha256(folder.resolve("inputs.safetensors")));
    metadata.put("device", "a device");
    metadata.putAll(changed);
    List<TensorEntry> entries = new ArrayList<>();
    Path out = folder.resolve("outputs.safetensors");
    try (TensorSource inputs = Sources.open(folder.resolve("inputs.safetensors"));
        Workers workers = new Workers(1)) {
      Tensor w = null;
      for (String name : inputs.tensors().keySet()) {
        if (name.startsWith("x.")) {
          String call = name.substring(2);
          w = inputs.has("w." + call) ? inputs.read("w." + call) : weights(inputs, call);
          Tensor y =
              Kernels.gemm(GemmRecipe.parse(recipe))
                  .multiply(inputs.read(name), w, GemmOperands.NONE, workers);
          entries.add(TensorEntry.of(call + ".y", y));
          entries.add(TensorEntry.of(call + ".y.repeat", y));
        }
      }
      SafetensorsWriter.write(out, metadata, entries, true);
    }
    return out;
  }

  /** Weights that several products share carry the name of the first. */
  private static Tensor weights(TensorSource inputs, String call) {
    boolean tiny = call.startsWith("tiny") && inputs.has("w.tiny0");
    String first = inputs.has("w.main0") ? "w.main0" : "w.random0";
    return inputs.read(tiny ? "w.tiny0" : first);
  }

  @Test
  void aSplitIsDecodedSavedAndUsed() {
    Path folder = make("--shape", "512x320x3");
    Path out = answers(folder, SPLIT, Map.of());
    Path fleet = temp.resolve("fleet.json");
    JsonNode found =
        Cli.run("probe", "decode", folder, out, "--save", fleet + "#split", "--format", "json")
            .exits(0)
            .json();
    assertEquals("bitref.probe.decode/1", found.get("schema").asText());
    assertEquals("decoded", found.get("verdict").asText());
    assertEquals(SPLIT, found.get("recipe").asText());
    assertTrue(found.get("evidence").size() > 5);
    Cli shown = Cli.run("recipes", "show", "catalogue:" + fleet + "#split").exits(0);
    assertTrue(shown.out().contains(SPLIT), shown.out());
    Cli.run("probe", "decode", folder, out, "--save", fleet + "#split").exits(3);
    Cli.run("recipes", "diff", "catalogue:" + fleet, "catalogue:" + fleet).exits(0);
  }

  @Test
  void fixedWeightsAreDecodedFromActivationsAlone() {
    TensorBuilder w = new TensorBuilder(DType.F16, Shape.of(4, 256));
    Random random = new Random(1);
    for (int i = 0; i < 4 * 256; i++) {
      w.set(i, 0.02 * random.nextGaussian() + (random.nextBoolean() ? 0.004 : -0.004));
    }
    Path file = temp.resolve("w.safetensors");
    SafetensorsWriter.write(file, Map.of(), List.of(TensorEntry.of("w", w.build())), true);
    Path folder = make("--shape", "600x256x4", "--mode", "weights", "--weights", file + ":w");
    try (TensorSource model = Sources.open(folder.resolve("model.onnx"))) {
      Tensor transposed = model.read("wt");
      assertEquals(Shape.of(256, 4), transposed.shape());
      for (int i = 0; i < 4 * 256; i++) {
        assertEquals(w.build().bits(i), transposed.bits(i % 256 * 4 + i / 256));
      }
    }
    String recipe = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";
    JsonNode found =
        Cli.run("probe", "decode", folder, answers(folder, recipe, Map.of()), "--format", "json")
            .exits(0)
            .json();
    assertEquals(recipe, found.get("recipe").asText());
  }

  @Test
  void answersOfOtherInputsAreRefused() {
    Path folder = make("--shape", "512x64x2");
    String plain = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";
    Path out = answers(folder, plain, Map.of("inputs_sha256", "0"));
    Cli other = Cli.run("probe", "decode", folder, out).exits(3);
    assertTrue(other.err().contains("belongs to other inputs"), other.err());
  }

  @Test
  void truncatedChangedAndUnfitAnswersAreRefused() throws IOException {
    Path folder = make("--shape", "512x64x2");
    String f32 = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none";
    Cli type = Cli.run("probe", "decode", folder, answers(folder, f32, Map.of())).exits(3);
    assertTrue(type.err().contains("--output-dtype"), type.err());
    String plain = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";
    Path out = answers(folder, plain, Map.of());
    byte[] bytes = Files.readAllBytes(out);
    byte[] flipped = bytes.clone();
    flipped[bytes.length - 1] ^= 1;
    Files.write(out, flipped);
    Cli repeat = Cli.run("probe", "decode", folder, out).exits(3);
    assertTrue(repeat.err().contains("1 of 1024 outputs changed"), repeat.err());
    Files.write(out, Arrays.copyOf(bytes, bytes.length - 100));
    Cli.run("probe", "decode", folder, out).exits(3);
  }

  /** Half-precision accumulators overflow under the huge terms of the first round. */
  @Test
  void theNextRoundDecodesWhatTheFirstCouldNot() {
    Path folder = make("--shape", "512x64x2", "--dtype", "f32");
    String half = "in=f32 | fma(acc=f16rne,lanes=1) | seq | none | none | cvt(f32,rne)";
    Path next = temp.resolve("next");
    JsonNode first =
        Cli.run(decode(folder, answers(folder, half, Map.of()), "-o", next)).exits(4).json();
    assertEquals("undecided", first.get("verdict").asText());
    assertEquals(next.toString(), first.get("next_path").asText());
    JsonNode second = Cli.run(decode(next, answers(next, half, Map.of()))).exits(0).json();
    assertEquals("decoded", second.get("verdict").asText());
    assertTrue(second.get("recipe").asText().contains("acc=f16rne"), second.toString());
  }

  private static Object[] decode(Path folder, Path outputs, Object... more) {
    List<Object> words =
        new ArrayList<>(List.of("probe", "decode", folder, outputs, "--format", "json"));
    words.addAll(List.of(more));
    return words.toArray();
  }

  @Test
  void anUnknownArithmeticGetsANextRound() {
    Path folder = make("--shape", "512x64x2");
    // Results that are rounded into a type that no known epilogue has in between.
    String odd = "in=f16 | exact | seq | none | none | cvt(e4m3,rne);cvt(f16,rne)";
    Path next = temp.resolve("next");
    Cli.run("probe", "decode", folder, answers(folder, odd, Map.of()), "-o", next).exits(4);
    assertTrue(Files.exists(next.resolve("manifest.json")));
    assertTrue(Files.exists(next.resolve("run_torch.py")));
  }
}
