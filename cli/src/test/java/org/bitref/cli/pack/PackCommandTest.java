package org.bitref.cli.pack;

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
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The committed captures of a small model, packed, and what is then read of them. */
class PackCommandTest {
  private static final String F16 = Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors").toString();

  @TempDir private Path temp;
  private Path out;

  @BeforeEach
  void output() {
    out = temp.resolve("case.safetensors");
  }

  /** Both captures and the checkpoint. */
  private Cli pack(Object... more) {
    List<Object> line = new ArrayList<>(List.of("pack", "bf=" + Cli.CAPTURE, "f=" + F16));
    line.addAll(List.of("w=" + Cli.MODEL, "-o", out));
    line.addAll(List.of(more));
    return Cli.run(line.toArray());
  }

  /** Of each stage of each system what is known of it, and its recipe. */
  private static Map<String, String> stages(JsonNode json) {
    Map<String, String> stages = new TreeMap<>();
    for (JsonNode stage : json.get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        String name =
            switch (system.get("system").asText()) {
              case "hf-cpu-bf16-eager" -> "bf";
              case "hf-cpu-f16-eager" -> "f";
              case String other -> other;
            };
        stages.put(
            name + " " + stage.get("name").asText(),
            system.get("status").asText() + " " + system.path("recipe").asText("none"));
      }
    }
    return stages;
  }

  private static JsonNode explain(Object... arguments) {
    List<Object> line = new ArrayList<>(List.of("explain"));
    line.addAll(List.of(arguments));
    line.addAll(List.of("--format", "json"));
    return Cli.run(line.toArray()).json();
  }

  @Test
  void aWholeCaseIsExplainedAsItsFilesAre() {
    String stages = "input_ln,k_proj,k_norm,k_rope,attn_out,post_attn_hidden";
    pack("--layers", "0", "--stages", stages).exits(0);
    JsonNode files =
        explain(Cli.CAPTURE, F16, "--model", Cli.MODEL, "--layers", "0", "--stages", stages);
    JsonNode packed = explain(out, "--layers", "0", "--stages", stages);
    assertEquals(files.get("verdict"), packed.get("verdict"));
    assertEquals(stages(files), stages(packed));
    assertEquals(12, stages(packed).size());
  }

  /** Of the first rows attention, of some columns all products and what is behind them. */
  @Test
  void aSampleOfColumnsAndFirstRowsIsComputedAgainWhole() {
    pack("--layers", "0", "--rows", "0-31", "--cols", "128").exits(0);
    Map<String, String> packed = stages(explain(out, "--layers", "0"));
    assertEquals(42, packed.size());
    packed.forEach(
        (stage, status) -> assertTrue(status.startsWith("reproduced"), stage + " " + status));
  }

  @Test
  void attentionOfSpreadRowsIsNotMadeUpOfTheirKeysAlone() {
    String stages = "q_rope,attn_out";
    pack("--layers", "0", "--rows", "9", "--stages", stages).exits(0);
    Map<String, String> packed = stages(explain(out, "--layers", "0", "--stages", stages));
    assertTrue(packed.get("f layers.0.q_rope").startsWith("reproduced"), packed.toString());
    assertTrue(packed.get("f layers.0.attn_out").startsWith("input-not-captured"));
  }

  @Test
  void attentionThatItsRowsDoNotGiveAgainIsNamed() {
    String[] attention = {"--layers", "0", "--stages", "q_rope,attn_out", "--format", "json"};
    JsonNode spread =
        pack(Stream.concat(Stream.of(attention), Stream.of("--rows", "9")).toArray()).json();
    assertEquals("[\"layers.0.attn_out\"]", spread.get("no_keys").toString());
    JsonNode first =
        pack(Stream.concat(Stream.of(attention), Stream.of("--rows", "0-8", "--force")).toArray())
            .json();
    assertEquals("[]", first.get("no_keys").toString());
    Cli text = pack("--layers", "0", "--stages", "attn_out", "--rows", "9", "--force").exits(0);
    String said = "attention needs all earlier tokens: layers.0.attn_out. First rows (--rows 0-8)";
    assertTrue(text.out().replace("\n", " ").contains(said), text.out());
  }

  /**
   * Between two hidden states stands attention: the weights on the way are packed, and first tokens
   * are computed again across it. Others lack what they saw; that makes no other function.
   */
  @ParameterizedTest
  @CsvSource({"0-31, follows, rounding", "9, input-not-captured, inconclusive"})
  void whatIsComputedAcrossAttentionNeedsFirstRows(String rows, String status, String verdict) {
    pack("--layers", "3", "--stages", "hidden", "--rows", rows).exits(0);
    JsonNode json = explain(out, "--layers", "3", "--stages", "hidden");
    assertEquals(verdict, json.get("verdict").asText(), json.get("reason").asText());
    assertEquals(
        Map.of("bf layers.3.hidden", status + " none", "f layers.3.hidden", status + " none"),
        stages(json));
  }

  private static void same(Tensor whole, long row, int from, Tensor part, long at, int column) {
    assertEquals(whole.dtype(), part.dtype());
    long wide = whole.shape().dim(-1);
    long narrow = part.shape().dim(-1);
    assertEquals(whole.bits(row * wide + from), part.bits(at * narrow + column));
  }

  /** Rows 0, 55 and 111 of 112; of 512 queries the two heads that read the first key head. */
  @Test
  void whatIsKeptHasItsBits() {
    pack("--layers", "0", "--rows", "3", "--cols", "8").exits(0);
    long[] rows = {0, 55, 111};
    try (TensorSource packed = Sources.open(out);
        TensorSource whole = Sources.open(Path.of(F16));
        Checkpoint model = Checkpoint.open(Path.of(Cli.MODEL))) {
      Tensor up = packed.read("f.layers.0.up_proj");
      Tensor w = packed.read("w.layers.0.up_proj");
      Tensor places = packed.read("in.cols.layers.0.up_proj");
      assertEquals(Shape.of(1, 3, 8), up.shape());
      assertEquals(Shape.of(8, 256), w.shape());
      for (int i = 0; i < 3; i++) {
        assertEquals(rows[i], packed.read("in.rows").getLong(i));
        for (int c = 0; c < 8; c++) {
          int column = c < 4 ? c : 704 - 8 + c;
          assertEquals(column, places.getLong(c));
          same(whole.read("layers.0.up_proj"), rows[i], column, up, i, c);
        }
      }
      Tensor all = model.weight("layers.0.mlp.up_proj.weight");
      for (int c = 0; c < 8; c++) {
        for (int k = 0; k < 256; k++) {
          same(all, places.getLong(c), k, w, c, k);
        }
      }
      Tensor q = packed.read("f.layers.0.q_rope");
      assertEquals(Shape.of(1, 2, 3, 128), q.shape());
      for (int head = 0; head < 2; head++) {
        for (int i = 0; i < 3; i++) {
          for (int d = 0; d < 128; d++) {
            same(whole.read("layers.0.q_rope"), head * 112L + rows[i], d, q, head * 3L + i, d);
          }
        }
      }
      assertEquals(Shape.of(1, 1, 3, 128), packed.read("f.kv.0.k").shape());
      assertEquals(Shape.of(1, 3, 704), packed.read("f.layers.0.mlp_mul").shape());
      assertEquals(Shape.of(3, 1, 3), packed.read("in.position_ids").shape());
      assertEquals(
          whole.read("position_ids").getLong(111), packed.read("in.position_ids").getLong(2));
      assertEquals("1.0E-6", packed.metadata().get("model.rms_norm_eps"));
      assertEquals("24,20,20", packed.metadata().get("model.mrope_section"));
      assertEquals("bf16", packed.metadata().get("bf.dtype"));
      assertEquals("cpu", packed.metadata().get("device"));
    }
  }

  @Test
  void identifyAndSweepReadIt() throws IOException {
    pack("--layers", "0", "--stages", "k_proj", "--rows", "40", "--cols", "128").exits(0);
    JsonNode found =
        Cli.run(
                "identify",
                out,
                "--x",
                "f.layers.0.input_ln",
                "--w",
                "w.layers.0.k_proj",
                "--y",
                "f.layers.0.k_proj",
                "--rows",
                "in.rows",
                "--cols",
                "in.cols.layers.0.k_proj",
                "--format",
                "json")
            .json();
    assertEquals(40 * 128, found.get("total").asInt());
    assertEquals(40 * 128, found.get("best").get(0).get("equal").asInt());
    Path experiment = temp.resolve("experiment.json");
    Files.writeString(
        experiment,
        """
        {"captures": ["case.safetensors"], "stages": ".*k_proj",
         "hypotheses": [{"name": "f16", "rules": {".*": "hf-f16-eager"}}]}
        """);
    JsonNode swept = Cli.run("sweep", experiment, "--format", "json").exits(0).json();
    JsonNode best = swept.get("best");
    assertEquals(2, best.size(), best.toString());
  }

  @Test
  void theReportSaysWhatIsKept() {
    Cli run = pack("--layers", "0", "--rows", "4-9", "--cols", "16").exits(0);
    assertTrue(run.out().contains("rows: 6 of 112"), run.out());
    assertTrue(
        run.out().replace("\n", " ").contains("16 of 704 (gate_proj, up_proj, mlp_act)"),
        run.out());
    assertTrue(run.out().contains("To read it: bitref explain " + out + " --layers 0"), run.out());
    JsonNode json = pack("--layers", "0", "--force", "--format", "json").exits(0).json();
    assertEquals("bitref.pack/1", json.get("schema").asText());
    assertEquals(24, json.get("systems").get("bf").asInt());
    assertEquals(112, json.get("rows").get("kept").asInt());
    assertEquals(out.toFile().length(), json.get("bytes").asLong());
  }

  /** A case of a case is a smaller case: places count in the prompt. */
  @Test
  void aCaseIsPackedAgain() {
    pack("--layers", "0", "--stages", "gate_proj", "--rows", "10-19", "--cols", "8").exits(0);
    Path again = temp.resolve("again.safetensors");
    Cli.run("pack", out, "--rows", "2,5", "--cols", "2", "--systems", "f", "-o", again).exits(0);
    try (TensorSource packed = Sources.open(again)) {
      assertEquals(12, packed.read("in.rows").getLong(0));
      assertEquals(15, packed.read("in.rows").getLong(1));
      assertEquals(0, packed.read("in.cols.layers.0.gate_proj").getLong(0));
      assertEquals(703, packed.read("in.cols.layers.0.gate_proj").getLong(1));
      assertFalse(packed.has("bf.layers.0.gate_proj"));
      assertEquals("24,20,20", packed.metadata().get("model.mrope_section"));
    }
  }

  private void refuses(int code, String message, Object... arguments) {
    List<Object> line = new ArrayList<>(List.of("pack"));
    line.addAll(List.of(arguments));
    Cli run = Cli.run(line.toArray()).exits(code);
    assertTrue(run.err().contains(message), run.err());
    assertFalse(Files.exists(out));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0-112", "112,3"})
  void aRowThatIsNotThereIsRefused(String rows) {
    refuses(2, "the capture has no row 112; its rows are 0 to 111", F16, "--rows", rows, "-o", out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "x", "5-3", "1,,2"})
  void whatIsNoListOfRowsIsRefused(String rows) {
    refuses(2, "Invalid value for option '--rows'", F16, "--rows", rows, "-o", out);
  }

  @Test
  void whatCannotBePackedIsRefused() {
    refuses(2, "a case is a safetensors file", F16, "-o", temp.resolve("case.npz"));
    refuses(2, "at least 1, not 0", F16, "--cols", "0", "-o", out);
    refuses(2, "is no NAME=FILE", "=" + F16, "-o", out);
    refuses(2, "the capture holds no stage of layer 7", F16, "--layers", "7", "-o", out);
    refuses(3, "means something else before the name", "kv=" + F16, "-o", out);
    refuses(3, "is a second checkpoint", F16, "w=" + Cli.MODEL, "w=" + Cli.MODEL, "-o", out);
    refuses(3, "holds 0 system(s)", "in=" + F16, "-o", out);
  }

  @Test
  void aFileOfSeveralSystemsHasNoNameBefore() {
    Path two = temp.resolve("two.safetensors");
    Tensor one = Tensor.ofFloats(Shape.of(1, 2), 1, 2);
    SafetensorsWriter.write(
        two,
        Map.of("model.rope_theta", "many"),
        List.of(TensorEntry.of("a.q_proj", one), TensorEntry.of("b.q_proj", one)),
        false);
    refuses(3, "is not one system, which could be called \"trt\"", "trt=" + two, "-o", out);
    refuses(3, "metadata \"model.rope_theta\": is \"many\"", two, "-o", out);
  }
}
