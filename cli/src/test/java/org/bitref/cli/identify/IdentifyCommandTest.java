package org.bitref.cli.identify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentifyCommandTest {
  private static final Path TENSORRT = Cli.DEMO.resolve("tensorrt-gemm-h100.safetensors");
  private static final String HALF =
      "in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | none | none | cvt(f16,rne)";

  @TempDir private Path temp;

  private static Cli identify(Path file, String x, String w, String y, String... more) {
    List<Object> args = new ArrayList<>(List.of("identify", file));
    args.addAll(List.of("--x", x, "--w", w, "--y", y));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  private Path write(Tensor x, Tensor w, Tensor y) {
    Path file = temp.resolve("product.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of(),
        List.of(TensorEntry.of("x", x), TensorEntry.of("w", w), TensorEntry.of("y", y)),
        true);
    return file;
  }

  /** What the engine's layers say of y's kernel, found by the engine's name behind a map. */
  @Test
  void theTacticIsShownWithWhatItsNameSuggests() throws IOException {
    JsonNode half = withTactic("sm90_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize128x256x64");
    assertTrue(half.get("agrees").asBoolean());
    assertEquals("sums in f16, tiles of 64 along K", half.get("suggests").asText());
    JsonNode single = withTactic("sm80_xmma_gemm_f16f16_f16f32_f32_tn_n");
    assertFalse(single.get("agrees").asBoolean());
  }

  private JsonNode withTactic(String tactic) throws IOException {
    String y = "q3006.y.trt_strong";
    Path layers =
        Files.writeString(
            temp.resolve("layers.json"),
            """
            {"Layers": [{"Name": "l", "Outputs": [{"Name": "%s"}], "TacticName": "%s"}]}
            """
                .formatted(y, tactic));
    Path map =
        Files.writeString(
            temp.resolve("map.json"),
            """
            {"rules": [{"from": "%s", "to": "renamed"}], "others": "keep"}
            """
                .formatted(y));
    String[] more = {
      "--layers-info", layers.toString(), "--map", map.toString(), "--format", "json"
    };
    JsonNode json = identify(TENSORRT, "q3006.x", "q3006.w", "renamed", more).json();
    assertEquals(HALF, json.get("best").get(0).get("recipe").asText());
    assertEquals(tactic, json.get("tactic").get("name").asText());
    return json.get("tactic");
  }

  @Test
  void findsTensorRtsAccumulator() {
    String[] placed = {"--rows", "q3006.rows", "--cols", "q3006.cols", "--format", "json"};
    Cli run = identify(TENSORRT, "q3006.x", "q3006.w", "q3006.y.trt_strong", placed);
    JsonNode json = run.json();
    assertEquals("bitref.identify/1", json.get("schema").asText());
    assertEquals(1200, json.get("total").asInt());
    assertEquals(HALF, json.get("best").get(0).get("recipe").asText());
    assertEquals(1200, json.get("best").get(0).get("equal").asInt());
    assertTrue(json.get("best").get(0).get("presets").toString().contains("tensorrt-f16-f16acc"));
    assertEquals(json.get("verdict").asText().equals("identified") ? 0 : 4, run.code());
    assertTrue(json.get("seconds").asDouble() > 0);
  }

  @Test
  void textNamesVerdictAndRecipe() {
    Cli run = identify(TENSORRT, "kv128.x", "kv128.w", "kv128.y.trt_strong");
    assertTrue(run.out().contains("cyclic(s=4,bk=64)"), run.out());
    assertTrue(run.out().contains("1280 of 1280"), run.out());
  }

  @Test
  void namesTheCorruptionOfAScaledOutput() {
    try (TensorSource captures = Sources.open(TENSORRT)) {
      Tensor y = captures.read("q3006.y.trt_strong");
      TensorBuilder scaled = new TensorBuilder(DType.F16, y.shape());
      for (long i = 0; i < y.elements(); i++) {
        scaled.set(i, y.get(i) * 8);
      }
      Path file = write(captures.read("q3006.x"), captures.read("q3006.w"), scaled.build());
      JsonNode json = identify(file, "x", "w", "y", "--format", "json").exits(1).json();
      assertEquals("corrupt", json.get("verdict").asText());
      assertTrue(json.get("pattern").asText().contains("scaled"), json.toString());
    }
  }

  @Test
  void anotherProductOfTheSameShapeIsNeverIdentified() {
    try (TensorSource captures = Sources.open(TENSORRT)) {
      Tensor w = captures.read("q3006.w");
      TensorBuilder turned = new TensorBuilder(w.dtype(), w.shape());
      turned.copy(0, w, w.elements() / 2, w.elements() / 2);
      turned.copy(w.elements() / 2, w, 0, w.elements() / 2);
      Path file =
          write(captures.read("q3006.x"), turned.build(), captures.read("q3006.y.trt_strong"));
      JsonNode json = identify(file, "x", "w", "y", "--format", "json").exits(1).json();
      assertEquals("corrupt", json.get("verdict").asText());
    }
  }

  @Test
  void zerosAndSingleRowsDecideNothing() {
    Tensor x = Tensor.ofFloats(Shape.of(1, 4), 1, 2, 3, 4);
    Tensor w = Tensor.ofFloats(Shape.of(2, 4), 1, 1, 1, 1, 2, 2, 2, 2);
    Path file = write(x, w, Tensor.ofFloats(Shape.of(1, 2), 10, 20));
    JsonNode json = identify(file, "x", "w", "y", "--format", "json").exits(4).json();
    assertEquals("inconclusive", json.get("verdict").asText());
  }

  @Test
  void sizesThatDoNotFitAreNamed() {
    Cli run = identify(TENSORRT, "q3006.x", "kv128.w", "kv128.y.trt_strong").exits(3);
    assertTrue(run.err().contains("[32, 40]") && run.err().contains("[30, 4096]"), run.err());
    assertEquals("", run.out());
  }

  @Test
  void rowsThatAreNotWholeNumbersAreRefused() {
    Cli run =
        identify(TENSORRT, "q3006.x", "q3006.w", "q3006.y.trt_strong", "--rows", "q3006.x")
            .exits(3);
    assertTrue(run.err().contains("q3006.x") && run.err().contains("30 whole numbers"), run.err());
  }

  @Test
  void rowsOutsideTheShapeAreRefused() {
    String[] shape = {"--rows", "q3006.rows", "--cols", "q3006.cols", "--shape", "16x4096"};
    Cli run = identify(TENSORRT, "q3006.x", "q3006.w", "q3006.y.trt_strong", shape).exits(3);
    assertTrue(run.err().contains("16x4096"), run.err());
  }

  /** With and without indices of what was captured. */
  @ParameterizedTest
  @CsvSource({
    "4x4, '', 'has 6 columns, more than --shape 4x4'",
    "3x6, '', 'has 4 rows, more than --shape 3x6'",
    "4x4, --rows r --cols c, 'has 6 columns, more than --shape 4x4'",
    "4x6, --rows far, 'the captured rows include 4, outside --shape 4x6'",
    "'', --rows negative, 'the captured rows include -1, outside the product'",
    "9x9, --rows negative, 'the captured rows include -1, outside --shape 9x9'",
    "4xx, '', 'is not of the form MxN'",
  })
  void aShapeThatTheCaptureDoesNotFitIsRefused(String shape, String indices, String problem) {
    Tensor x = Tensor.ofFloats(Shape.of(4, 1), 1, 2, 3, 4);
    Tensor w = Tensor.ofFloats(Shape.of(6, 1), 1, 2, 3, 4, 5, 6);
    Tensor y = Tensor.ofFloats(Shape.of(4, 6), new float[24]);
    Map<String, Tensor> tensors =
        Map.of(
            "x", x,
            "w", w,
            "y", y,
            "r", Tensor.ofLongs(Shape.of(4), 0, 1, 2, 3),
            "c", Tensor.ofLongs(Shape.of(6), 0, 1, 2, 3, 2, 1),
            "far", Tensor.ofLongs(Shape.of(4), 0, 1, 2, 4),
            "negative", Tensor.ofLongs(Shape.of(4), 0, -1, 2, 3));
    Path file = temp.resolve("product.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of(),
        tensors.entrySet().stream().map(e -> TensorEntry.of(e.getKey(), e.getValue())).toList(),
        true);
    List<String> more = new ArrayList<>();
    if (!shape.isEmpty()) {
      more.addAll(List.of("--shape", shape));
    }
    if (!indices.isEmpty()) {
      more.addAll(List.of(indices.split(" ")));
    }
    Cli run = identify(file, "x", "w", "y", more.toArray(new String[0])).exits(3);
    assertTrue(run.err().contains(problem), run.err());
  }
}
