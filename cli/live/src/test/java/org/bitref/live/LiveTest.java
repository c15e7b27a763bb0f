package org.bitref.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.bitref.cli.Main;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Libraries on this machine's CPU are probed like a device: make, run, decode. The recipe that
 * comes out must then give every output of normally distributed inputs that took no part in it.
 */
class LiveTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path temp;

  @ParameterizedTest
  @CsvSource({
    "openblas, 256x700x48, F32",
    "openblas, 256x1000x160, F32",
    "openblas, 256x700x48, F64",
    "torch, 256x700x48, F32",
    "torch, 256x1000x160, F32",
    "torch, 256x1024x48, F16",
    "onnxruntime, 256x700x48, F32",
    "onnxruntime, 256x1000x160, F32",
    "onnxruntime, 256x1024x48, F16",
  })
  void aLibraryIsDecodedAndConfirmed(String name, String shape, DType dtype) throws IOException {
    Path folder = temp.resolve("probe");
    run("probe", "make", "--shape", shape, "--dtype", dtype.name(), "-o", folder.toString());
    try (BlackBox box = box(name, folder)) {
      Path outputs = answers(folder, box);
      JsonNode found =
          JSON.readTree(
              run("probe", "decode", folder.toString(), outputs.toString(), "--format", "json"));
      assertEquals("decoded", found.get("verdict").asText(), found.toPrettyString());
      String recipe = found.get("recipe").asText();
      long[] lengths = Stream.of(shape.split("x")).mapToLong(Long::parseLong).toArray();
      Random random = new Random(99);
      Tensor x = normal(dtype, random, lengths[0], lengths[1]);
      Tensor w = normal(dtype, random, lengths[2], lengths[1]);
      assertEquals(0, different(box.multiply(x, w), recipe, x, w), recipe);
      System.out.println(
          "%s %s %s: %s; %d probe outputs and %d held-out ones equal"
              .formatted(
                  box.framework(),
                  shape,
                  dtype.name().toLowerCase(Locale.ROOT),
                  recipe,
                  found.get("confirmed").asLong(),
                  lengths[0] * lengths[2]));
    }
  }

  private static BlackBox box(String name, Path folder) {
    return switch (name) {
      case "openblas" -> new OpenBlas();
      case "torch" -> new LibTorch();
      default -> new OnnxRuntime(folder.resolve("model.onnx"));
    };
  }

  /** Does what the scripts of the folder do. */
  private static Path answers(Path folder, BlackBox box) throws IOException {
    JsonNode manifest = JSON.readTree(folder.resolve("manifest.json").toFile());
    Path out = folder.resolve("outputs.safetensors");
    try (TensorSource inputs = Sources.open(folder.resolve("inputs.safetensors"))) {
      List<TensorEntry> results = new ArrayList<>();
      for (JsonNode call : manifest.get("calls")) {
        Tensor x = inputs.read(call.get("x").asText());
        Tensor w = inputs.read(call.get("w").asText());
        String result = call.get("name").asText() + ".y";
        results.add(TensorEntry.of(result, box.multiply(x, w)));
        results.add(TensorEntry.of(result + ".repeat", box.multiply(x, w)));
      }
      String inputsHash = manifest.get("inputs_sha256").asText();
      Map<String, String> metadata =
          Map.of("inputs_sha256", inputsHash, "framework", box.framework());
      SafetensorsWriter.write(out, metadata, results, false);
    }
    return out;
  }

  private static String run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(words, out, new PrintStream(err, true, StandardCharsets.UTF_8));
    String said = out.toString(StandardCharsets.UTF_8);
    assertEquals(0, code, () -> said + err.toString(StandardCharsets.UTF_8));
    return said;
  }

  private static Tensor normal(DType dtype, Random random, long rows, long columns) {
    TensorBuilder values = new TensorBuilder(dtype, Shape.of(rows, columns));
    for (long i = 0; i < rows * columns; i++) {
      values.set(i, random.nextGaussian());
    }
    return values.build();
  }

  private static long different(Tensor want, String recipe, Tensor x, Tensor w) {
    try (Workers workers = new Workers(2)) {
      Tensor got =
          Kernels.gemm(GemmRecipe.parse(recipe)).multiply(x, w, GemmOperands.NONE, workers);
      long different = 0;
      for (long i = 0; i < want.elements(); i++) {
        different += want.bits(i) == got.bits(i) ? 0 : 1;
      }
      return different;
    }
  }
}
