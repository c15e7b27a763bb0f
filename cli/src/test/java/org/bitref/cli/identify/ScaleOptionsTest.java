package org.bitref.cli.identify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --x-scale} and {@code --w-scale}, and factors that nobody gave. */
class ScaleOptionsTest {
  private static final String RECIPE =
      "in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | seq | none | none | mul(alpha,f32);cvt(bf16,rne)";

  @TempDir private Path temp;

  private final SplittableRandom random = new SplittableRandom(4);

  private Tensor normal(DType dtype, long... dims) {
    TensorBuilder out = new TensorBuilder(dtype, Shape.of(dims));
    for (long i = 0; i < Shape.of(dims).elements(); i++) {
      double value = random.nextGaussian() * 4;
      out.set(i, dtype.format().orElseThrow().round(value, Rounding.RNE));
    }
    return out.build();
  }

  private Tensor factors(long... dims) {
    TensorBuilder out = new TensorBuilder(DType.F32, Shape.of(dims));
    for (long i = 0; i < Shape.of(dims).elements(); i++) {
      out.set(i, (float) ((1 + random.nextDouble()) / 448));
    }
    return out.build();
  }

  private Path write(Map<String, Tensor> tensors) {
    Path file = temp.resolve("in.safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, tensor) -> entries.add(TensorEntry.of(name, tensor)));
    SafetensorsWriter.write(file, Map.of(), entries, true);
    return file;
  }

  private Map<String, Tensor> operands() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("x", normal(DType.F8_E4M3, 11, 45));
    tensors.put("w", normal(DType.F8_E4M3, 17, 45));
    tensors.put("sx", factors(11, 1));
    tensors.put("sw", factors(1));
    return tensors;
  }

  private Tensor product(Path file, String recipe, String... more) {
    Path out = temp.resolve("y.safetensors");
    List<Object> args = new ArrayList<>(List.of("gemm", file, "--x", "x", "--w", "w", "--force"));
    args.addAll(List.of("--recipe", recipe, "-o", out));
    args.addAll(List.of(more));
    Cli.run(args.toArray()).exits(0);
    try (TensorSource ours = Sources.open(out)) {
      Tensor y = ours.read("y");
      return y.cast(DType.F64).cast(y.dtype());
    }
  }

  private static JsonNode identify(Path file, String... more) {
    List<Object> args = new ArrayList<>(List.of("identify", file));
    args.addAll(List.of("--x", "x", "--w", "w", "--y", "y", "--format", "json"));
    args.addAll(List.of(more));
    return Cli.run(args.toArray()).json();
  }

  @Test
  void whatGemmScalesIdentifyFindsWithAndWithoutTheScales() {
    Map<String, Tensor> tensors = operands();
    Path file = write(tensors);
    tensors.put("y", product(file, RECIPE, "--x-scale", "sx", "--w-scale", "sw"));
    write(tensors);
    JsonNode given = identify(file, "--x-scale", "sx", "--w-scale", "sw");
    assertEquals("{\"x\":\"row\",\"w\":\"tensor\"}", given.get("scales").toString());
    assertTrue(given.get("best").toString().contains(RECIPE), given.toString());
    JsonNode found = identify(file);
    assertTrue(found.get("scales").isNull(), found.toString());
    assertTrue(
        found.get("reason").asText().startsWith("each row has its own factor, "), found.toString());
    assertEquals("row", found.get("factors").get("by").asText());
    JsonNode factors = found.get("factors").get("factors");
    assertEquals(11, factors.size());
    float scaleOfW = (float) tensors.get("sw").get(0);
    for (JsonNode one : factors) {
      float right = (float) tensors.get("sx").get(one.get("index").asInt()) * scaleOfW;
      // Both factors give the row's largest output: their products with its sum are within half a
      // unit of it, 2^-8. Sums under two recipes differ by 3 truncated steps at most, of 33 terms
      // at
      // 2^-13 of the largest product: less than 2^-6 of a sum of a few such products.
      assertEquals(right, one.get("factor").asDouble(), right * (0x1p-7 + 0x1p-6));
    }
  }

  @Test
  void aScaleOfAnotherShapeIsRefused() {
    Map<String, Tensor> tensors = operands();
    tensors.put("sx", factors(12));
    tensors.put("y", normal(DType.BF16, 11, 17));
    Path file = write(tensors);
    Cli run = Cli.run("identify", file, "--x", "x", "--w", "w", "--y", "y", "--x-scale", "sx");
    run.exits(3);
    assertTrue(run.err().contains("tensor \"sx\""), run.err());
  }

  @Test
  void wholeNumbersOfEightBitsAreMultiplied() {
    Tensor x = Tensor.ofBytes(DType.I8, Shape.of(2, 3), new byte[] {-3, -2, -1, 0, 1, 2});
    Tensor w = Tensor.ofBytes(DType.I8, Shape.of(1, 3), new byte[] {127, 127, 127});
    Tensor scale = Tensor.ofFloats(Shape.of(2), 0.5f, 0.25f);
    Path file = write(Map.of("x", x, "w", w, "sx", scale));
    Tensor y =
        product(
            file,
            "in=f16 | exact | seq | none | none | mul(alpha,f32);cvt(f32,rne)",
            "--x-scale",
            "sx");
    assertEquals(-6 * 127 * 0.5, y.get(0));
    assertEquals(3 * 127 * 0.25, y.get(1));
  }

  private static Path report(String name) {
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "-Dbitref.captures names no folder");
    return Path.of(captures, "reports", name + ".safetensors");
  }

  /** y is float32 sums times 1/512, 1.2/512 … 4/512 by row, in bfloat16. */
  @Test
  void theFactorsOfRowsAreTold() {
    JsonNode json = identify(report("rowscale"));
    assertIdentified(json);
    assertTrue(
        json.get("reason").asText().startsWith("each row has its own factor, 1/512 … 4/512; "),
        json.toString());
    JsonNode factors = json.get("factors").get("factors");
    for (int row = 0; row < 16; row++) {
      double right = (1 + 0.2 * row) / 512;
      JsonNode one = factors.get(row);
      assertTrue(one.get("least").asDouble() <= right && right <= one.get("most").asDouble());
    }
    assertEquals(1024, json.get("best").get(0).get("equal").asInt());
  }

  @Test
  void theFactorOfAProductOfFp8IsTold() {
    JsonNode json = identify(report("fp8_scaled"));
    assertIdentified(json);
    assertTrue(
        json.get("reason").asText().startsWith("all outputs have the factor 1e-5; "),
        json.toString());
    assertEquals("1e-5", json.get("factors").get("factors").get(0).get("text").asText());
    assertEquals(1024, json.get("best").get(0).get("equal").asInt());
  }

  /** Results in bfloat16 that a dump stored in float32. */
  @Test
  void aWidenedProductIsIdentified() {
    Path file = report("rowscale").resolveSibling("gemm_widened.npz");
    JsonNode json = identify(file);
    assertEquals("BF16", json.get("widened").get("held").asText());
    assertIdentified(json);
  }

  private static void assertIdentified(JsonNode json) {
    assertEquals("identified", json.get("verdict").asText(), json.get("reason")::asText);
    assertTrue(json.get("alternatives").get("found").asInt() > 0);
    assertTrue(json.get("alternatives").get("more").asBoolean());
  }
}
