package org.bitref.cli.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.compare.Comparer;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GemmCommandTest {
  private static final Path TENSORRT = Cli.DEMO.resolve("tensorrt-gemm-h100.safetensors");
  private static final String CYCLIC =
      "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | cyclic(s=4,bk=64)"
          + " | partial=f16,order=fwd,add=f16rne | cvt(f16,rne)";

  @TempDir private Path temp;

  private Cli gemm(Path file, String shape, String recipe, Path out, String... more) {
    List<Object> args = new ArrayList<>(List.of("gemm", file));
    args.addAll(List.of("--x", shape + "x", "--w", shape + "w", "--recipe", recipe, "-o", out));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  private void assertReproduces(String shape, String recipe) {
    Path out = temp.resolve("y.safetensors");
    gemm(TENSORRT, shape + ".", recipe, out, "--force").exits(0);
    try (TensorSource captured = Sources.open(TENSORRT);
        TensorSource ours = Sources.open(out)) {
      for (String mode : List.of("trt_strong", "trt_weakfp16")) {
        Tensor y = captured.read(shape + ".y." + mode);
        assertTrue(Comparer.compare(y, ours.read("y")).allEqual(), shape + " " + mode);
      }
    }
  }

  @Test
  void tensorRtAccumulatesTheQueryProjectionInFloat16() {
    assertReproduces("q3006", "tensorrt-f16-f16acc");
  }

  @Test
  void tensorRtDealsTheTilesOfASmallProjectionToFourSlices() {
    assertReproduces("kv128", CYCLIC);
  }

  @Test
  void anotherRecipeDoesNotReproduceIt() {
    Path out = temp.resolve("y.safetensors");
    gemm(TENSORRT, "q3006.", "hopper-f16-f32acc", out).exits(0);
    try (TensorSource captured = Sources.open(TENSORRT);
        TensorSource ours = Sources.open(out)) {
      Tensor y = captured.read("q3006.y.trt_strong");
      assertFalse(Comparer.compare(y, ours.read("y")).allEqual());
    }
  }

  @Test
  void jsonTellsRecipeAndSpeed() {
    Path out = temp.resolve("y.npz");
    String text = "in=f16|exact|seq|none|none|cvt(f32,rne)";
    JsonNode json = gemm(TENSORRT, "q3006.", text, out, "--format", "json").exits(0).json();
    assertEquals("bitref.gemm/1", json.get("schema").asText());
    assertEquals("in=f16 | exact | seq | none | none | cvt(f32,rne)", json.get("recipe").asText());
    assertTrue(json.get("seconds").asDouble() > 0 && json.get("gmacs").asDouble() > 0);
    assertEquals("[30,40]", json.get("shape").toString());
  }

  @Test
  void batchesAreProductsOfTheirOwn() {
    Path file = temp.resolve("in.safetensors");
    float[] x = {1, 2, 3, 4, 5, 6, 7, 8};
    float[] w = {1, 0, 0, 1, 2, 0, 0, 3};
    float[] c = {10, 20, 30, 40, 50, 60, 70, 80};
    Shape shape = Shape.of(2, 2, 2);
    SafetensorsWriter.write(
        file,
        Map.of(),
        List.of(
            TensorEntry.of("x", Tensor.ofFloats(shape, x)),
            TensorEntry.of("w", Tensor.ofFloats(shape, w)),
            TensorEntry.of("c", Tensor.ofFloats(shape, c))),
        false);
    Path out = temp.resolve("y.safetensors");
    String fma = "in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | none";
    gemm(file, "", fma, out, "--c", "c", "--name", "z").exits(0);
    try (TensorSource ours = Sources.open(out)) {
      Tensor expected = Tensor.ofFloats(shape, 11, 22, 33, 44, 60, 78, 84, 104);
      assertTrue(Comparer.compare(expected, ours.read("z")).allEqual());
    }
  }

  /** Of a capture of some rows the size of the whole product tells what the library takes. */
  @Test
  void aLibrarysRecipeIsThatOfTheWholeProduct() {
    Path part = temp.resolve("part.safetensors");
    Path whole = temp.resolve("whole.safetensors");
    Path named = temp.resolve("named.safetensors");
    String[] json = {"--format", "json"};
    JsonNode small = gemm(TENSORRT, "q3006.", "cublas-f16", part, json).exits(0).json();
    JsonNode own = small.at("/by_size/0/sizes/0");
    assertEquals("M=30 N=40 K=4096", own.get("sizes").asText());
    assertFalse(own.get("measured").asBoolean(), small.toString());
    assertEquals(small.get("recipe"), own.get("recipe"));
    assertTrue(small.get("recipe").asText().contains("splitk("), small.toString());
    JsonNode large =
        gemm(TENSORRT, "q3006.", "cublas-f16", whole, "--shape", "3006x4096", "--format", "json")
            .exits(0)
            .json();
    JsonNode given = large.at("/by_size/0/sizes/0");
    assertEquals("M=3006 N=4096 K=4096", given.get("sizes").asText());
    assertTrue(given.get("measured").asBoolean(), large.toString());
    gemm(TENSORRT, "q3006.", "hopper-f16-f32acc", named).exits(0);
    try (TensorSource ours = Sources.open(whole);
        TensorSource split = Sources.open(part);
        TensorSource plain = Sources.open(named)) {
      assertTrue(ours.read("y").isSame(plain.read("y")));
      assertFalse(split.read("y").isSame(plain.read("y")));
      assertEquals(large.get("recipe").asText(), ours.metadata().get("recipe"));
    }
  }

  @Test
  void badInputLeavesNothing() {
    Path out = temp.resolve("y.safetensors");
    String fine = "tensorrt-f16-f16acc";
    assertBad(gemm(TENSORRT, "nope.", fine, out), "no tensor", "nope.x");
    Cli mistyped = gemm(TENSORRT, "q3006.", "hoper-f16-f32acc", out).exits(2);
    assertTrue(mistyped.err().contains("\"hopper-f16-f32acc\""), mistyped.err());
    assertBad(gemm(TENSORRT, "q3006.", fine, out, "--c", "q3006.x"), "c: has shape [30, 4096]");
    assertBad(gemm(TENSORRT, "q3006.", fine, out, "--bias", "q3006.rows"), "I32");
    assertBad(gemm(TENSORRT, "q3006.", fine, out, "--shape", "3006"), "--shape 3006", "MxN");
    String biased = "in=f16 | exact | seq | none | none | add(bias,f32);cvt(f16,rne)";
    assertBad(gemm(TENSORRT, "q3006.", biased, out), "bias");
    assertBad(
        Cli.run(
            "gemm", TENSORRT, "--x", "q3006.x", "--w", "q3006.rows", "--recipe", fine, "-o", out),
        "q3006.rows");
    assertFalse(Files.exists(out));
  }

  private static void assertBad(Cli run, String... words) {
    run.exits(3);
    for (String word : words) {
      assertTrue(run.err().contains(word), run.err());
    }
    assertEquals("", run.out());
  }
}
