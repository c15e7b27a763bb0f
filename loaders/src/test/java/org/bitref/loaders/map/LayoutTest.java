package org.bitref.loaders.map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What rules do to shapes and data. */
class LayoutTest {
  @TempDir Path folder;

  /** The numbers 0, 1, 2 and so on. */
  private static Tensor counting(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensor.ofFloats(shape, values);
  }

  private NameMap map(String text) throws IOException {
    return NameMap.load(Files.writeString(folder.resolve("map.json"), text).toString());
  }

  private TensorSource one(String rule, String name, Tensor tensor) throws IOException {
    return map("{\"rules\": [" + rule + "]}").apply(TensorSource.of("dump", Map.of(name, tensor)));
  }

  private static void assertHolds(TensorSource source, String name, Shape shape, float... values) {
    assertEquals(shape, source.tensors().get(name).shape());
    Tensor read = source.read(name);
    assertEquals(shape, read.shape());
    assertArrayEquals(values, read.toFloats(), name);
  }

  @Test
  void fusedProjectionIsSplit() throws IOException {
    TensorSource mapped =
        one(
            """
            {"from": "h.{i}.qkv", "to": ["l.{i}.q", "l.{i}.k", "l.{i}.v"],
             "do": [{"split": {"axis": -1, "parts": [2, 1, 1]}}]}
            """,
            "h.5.qkv",
            counting(2, 4));
    assertHolds(mapped, "l.5.q", Shape.of(2, 2), 0, 1, 4, 5);
    assertHolds(mapped, "l.5.k", Shape.of(2, 1), 2, 6);
    assertHolds(mapped, "l.5.v", Shape.of(2, 1), 3, 7);
  }

  @Test
  void partsThatDoNotFit() {
    for (String parts : new String[] {"[3, 1]", "[9223372036854775807, 1]", "[0, 0]"}) {
      Refusal.expect(
          () ->
              one(
                  "{\"from\": \"x\", \"to\": [\"y\", \"z\"], \"do\": [{\"split\": {\"axis\": 0,"
                      + " \"parts\": "
                      + parts
                      + "}}]}",
                  "x",
                  counting(6)),
          "cannot be split along axis 0 in " + parts);
    }
  }

  @Test
  void headsAreTransposedReshapedAndCropped() throws IOException {
    TensorSource mapped =
        one(
            """
            {"from": "x", "to": "y", "do": [{"reshape": [0, -1, 2]}, {"transpose": [1, 0, 2]},
             {"crop": {"axis": 1, "to": 2}}, {"unsqueeze": 0}]}
            """,
            "x",
            counting(3, 4));
    assertHolds(mapped, "y", Shape.of(1, 2, 2, 2), 0, 1, 4, 5, 2, 3, 6, 7);
  }

  @Test
  void transposedDataIsReshapedInItsNewOrder() throws IOException {
    TensorSource mapped =
        one(
            "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"transpose\": [1, 0]}, {\"reshape\":"
                + " [-1]}]}",
            "x",
            counting(2, 3));
    assertHolds(mapped, "y", Shape.of(6), 0, 3, 1, 4, 2, 5);
  }

  @Test
  void lastIndexOfAnAxis() throws IOException {
    TensorSource mapped =
        one(
            "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"crop\": {\"axis\": 0, \"from\": -1}}]}",
            "x",
            counting(3, 2));
    assertHolds(mapped, "y", Shape.of(1, 2), 4, 5);
  }

  @Test
  void castsRoundOnce() throws IOException {
    TensorSource mapped =
        one(
            "{\"from\": \"x\", \"to\": \"y\", \"do\": [{\"cast\": \"half\"}]}",
            "x",
            Tensor.ofFloats(Shape.of(2), 2049, 70000));
    assertEquals(DType.F16, mapped.tensors().get("y").dtype());
    assertHolds(mapped, "y", Shape.of(2), 2048, Float.POSITIVE_INFINITY);
  }

  @Test
  void stackedLayersAreTakenApart() throws IOException {
    TensorSource mapped =
        one(
            """
            {"from": "kv", "to": ["kv.{i}.k", "kv.{i}.v"],
             "do": [{"unstack": {"axis": 0, "as": "i"}}, {"split": {"axis": 0, "parts": [1, 1]}},
                    {"squeeze": 0}]}
            """,
            "kv",
            counting(2, 2, 3));
    assertEquals(
        List.of("kv.0.k", "kv.0.v", "kv.1.k", "kv.1.v"), List.copyOf(mapped.tensors().keySet()));
    assertHolds(mapped, "kv.1.k", Shape.of(3), 6, 7, 8);
  }

  /** 3006 tokens on one side, 3005 on the other. */
  @Test
  void tokensThatOneSideHasInExcess() throws IOException {
    NameMap keep = map("{\"include\": [\"hf\"], \"keep_tokens\": 3005}");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("model.layers.0.self_attn.q_proj", counting(1, 3006, 4));
    tensors.put("model.layers.0.self_attn.q_norm", counting(1, 3006, 2, 2));
    tensors.put("past_key_values.0.key", counting(1, 2, 3006, 2));
    tensors.put("position_ids", counting(3, 1, 3006));
    TensorSource mapped = keep.apply(TensorSource.of("dump", tensors));
    assertEquals(Shape.of(1, 3005, 4), mapped.tensors().get("layers.0.q_proj").shape());
    assertEquals(Shape.of(1, 3005, 2, 2), mapped.tensors().get("layers.0.q_norm").shape());
    assertEquals(Shape.of(3, 1, 3005), mapped.tensors().get("position_ids").shape());
    Tensor kept = mapped.read("kv.0.k");
    assertEquals(Shape.of(1, 2, 3005, 2), kept.shape());
    // The second head starts after all tokens of the first, the dropped one included.
    assertEquals(3006 * 2, kept.get(3005 * 2));
    TensorSource shorter = TensorSource.of("dump", Map.of("kv.0.k", counting(1, 2, 3004, 2)));
    Refusal.expect(
        () -> keep.apply(shorter), "[1, 2, 3004, 2] has no indexes 0 to 3005 along axis -2");
  }

  @Test
  void bothSidesOfFewLayerDumps() {
    Random random = new Random(2);
    Tensor engine = Samples.tensor(DType.F16, Shape.of(1, 2, 2, 8, 4), random);
    List<Tensor> parts = new ArrayList<>();
    for (int part = 0; part < 2; part++) {
      // Five of the engine's eight tokens count; two of padding stand before them on this side.
      short[] bits = new short[2 * 7 * 4];
      for (int head = 0; head < 2; head++) {
        for (int i = 0; i < 5 * 4; i++) {
          bits[(head * 7 + 2) * 4 + i] = (short) engine.bits(((part * 2 + head) * 8) * 4 + i);
        }
      }
      parts.add(Tensor.ofShorts(DType.F16, Shape.of(1, 2, 7, 4), bits));
    }
    Map<String, Tensor> golden = new LinkedHashMap<>();
    golden.put("round_1.layer_9.key", parts.get(0));
    golden.put("round_1.layer_9.value", parts.get(1));
    golden.put("attention_mask", Tensor.ofLongs(Shape.of(1, 6), 0, 0, 1, 1, 1, 1));
    Map<String, Tensor> runtime = new LinkedHashMap<>();
    runtime.put("round_1.layer_9.kv", engine);
    runtime.put("round_1.context_lengths", Tensor.ofLongs(Shape.of(1), 5));
    NameMap map = NameMap.load("edge-llm");
    TensorSource left = map.apply(TensorSource.of("golden", golden));
    TensorSource right = map.apply(TensorSource.of("engine", runtime));
    for (String name : List.of("round_1.kv.9.k", "round_1.kv.9.v")) {
      assertEquals(Shape.of(1, 2, 5, 4), left.read(name).shape());
      assertTrue(Samples.same(left.read(name), right.read(name)), name);
    }
  }

  @Test
  void paddingThatCannotBeTold() {
    Tensor kv = counting(2, 2, 1, 8, 4);
    NameMap map = NameMap.load("edge-llm");
    Refusal.expect(
        () -> map.apply(TensorSource.of("engine", Map.of("round_0.layer_0.kv", kv))),
        "there is no \"round_0.context_lengths\"");
    Map<String, Tensor> uneven =
        Map.of(
            "round_0.layer_0.kv", kv, "round_0.context_lengths", Tensor.ofLongs(Shape.of(2), 5, 4));
    Refusal.expect(
        () -> map.apply(TensorSource.of("engine", uneven)), "rows of 5 and 4 tokens stand side by");
    Map<String, Tensor> beyond =
        Map.of(
            "round_0.layer_0.kv", kv, "round_0.context_lengths", Tensor.ofLongs(Shape.of(2), 9, 9));
    Refusal.expect(
        () -> map.apply(TensorSource.of("engine", beyond)), "has no 9 tokens along axis 3");
    Map<String, Tensor> shorter =
        Map.of(
            "round_0.layer_0.key", counting(2, 1, 8, 4),
            "attention_mask", Tensor.ofLongs(Shape.of(2, 9), new long[18]));
    Tensor ones = Tensor.ofLongs(Shape.of(2, 9), LongStream.generate(() -> 1).limit(18).toArray());
    Map<String, Tensor> longer =
        Map.of("round_0.layer_0.key", counting(2, 1, 8, 4), "attention_mask", ones);
    assertEquals(0, map.apply(TensorSource.of("golden", shorter)).read("kv.0.k").elements());
    Refusal.expect(
        () -> map.apply(TensorSource.of("golden", longer)), "has no 9 tokens along axis 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"transpose\": [0, 0]}; cannot be transposed by [0, 0]",
        "{\"transpose\": [0]}; cannot be transposed by [0]",
        "{\"reshape\": [4, -1]}; cannot be reshaped to [4, -1]",
        "{\"reshape\": [-1, -1]}; cannot be reshaped to [-1, -1]",
        "{\"reshape\": [7]}; cannot be reshaped to [7]",
        "{\"squeeze\": 0}; is not of length 1 along axis 0",
        "{\"squeeze\": 2}; has no axis 2",
        "{\"unsqueeze\": 3}; cannot get an axis 3",
        "{\"crop\": {\"axis\": 1, \"from\": 2, \"to\": 4}}; has no indexes 2 to 4 along axis 1",
        "{\"crop\": {\"axis\": 1, \"from\": -4}}; has no indexes -1 to 3 along axis 1",
        "{\"crop\": {\"axis\": -3, \"to\": 1}}; has no axis -3",
        "{\"strip\": {\"axis\": 0, \"lengths\": \"x\", \"plus\": \"z\"}}; cannot be stripped: \"z\""
            + " is no",
      })
  void stepsThatDoNotFit(String step, String problem) {
    Refusal.expect(
        () -> one("{\"from\": \"x\", \"to\": \"y\", \"do\": [" + step + "]}", "x", counting(2, 3)),
        "dump: tensor \"x\", rule \"x\": F32 [2, 3] " + problem);
  }
}
