package org.bitref.loaders.raw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawTest {
  @TempDir Path folder;

  private Tensor random(String file, DType dtype, long... dims) throws IOException {
    Tensor tensor = Samples.tensor(dtype, Shape.of(dims), new Random(dims.length));
    Files.write(folder.resolve(file), tensor.data().toArray(ValueLayout.JAVA_BYTE));
    return tensor;
  }

  private Path json(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void typeAndShapeFromTheCaller() throws IOException {
    Tensor tensor = random("x.y.bin", DType.BF16, 2, 3);
    try (TensorSource source =
        RawSource.open(folder.resolve("x.y.bin"), DType.BF16, Shape.of(2, 3))) {
      assertTrue(Samples.same(tensor, source.read("x.y")));
      assertTrue(source.read("x.y").data().isMapped());
    }
    Refusal.expect(
        () -> RawSource.open(folder.resolve("x.y.bin"), DType.BF16, Shape.of(2, 4)),
        "x.y.bin: BF16 [2, 4] needs 16 bytes, but the file has 12");
    Refusal.expect(
        () -> RawSource.open(folder.resolve("x.y.bin"), DType.F64, Shape.of(1L << 40, 1L << 22)),
        "more than 2^63-1 bytes");
    Refusal.expect(
        () -> RawSource.open(folder.resolve("none.bin"), DType.U8, Shape.of(1)), "no such file");
    Refusal.expect(() -> RawSource.open(folder, DType.U8, Shape.of(4096)), "needs 4096 bytes");
  }

  @Test
  void sidecar() throws IOException {
    Tensor tensor = random("x.bin", DType.F16, 4, 2);
    for (String name : List.of("x.json", "x.bin.json")) {
      Path sidecar = json(name, "{\"file\": \"x.bin\", \"dtype\": \"half\", \"shape\": [4, 2]}");
      for (Path path : List.of(folder.resolve("x.bin"), sidecar, folder)) {
        try (TensorSource source = Sources.open(path)) {
          assertTrue(Samples.same(tensor, source.read("x")));
        }
      }
      Files.delete(sidecar);
    }
    Refusal.expect(
        () -> Sources.open(folder.resolve("x.bin")), "is of no known format", "raw files");
  }

  /** As the Alpamayo fork's runtime and scripts write them. */
  @Test
  void dumpsOfTheFork() throws IOException {
    Tensor norm = random("debug_layer_00_input_ln_request_0.bin", DType.F16, 1, 3, 4);
    Tensor lengths = random("kv_cache_lengths_request_0.bin", DType.I32, 1);
    Tensor cache = random("kv_cache_bfloat16_request_0.bin", DType.BF16, 2, 1, 2, 1, 3, 4);
    Tensor half = random("deepstack_embeds_aligned_0_float16_request_0.bin", DType.F16, 1, 3, 4);
    Tensor brain = random("deepstack_bf16.bin", DType.BF16, 1, 3, 4);
    Path file =
        json(
            "prefill_layer_outputs_request_0.json",
            """
            {"request_idx": 0, "layout": "[layers, B, 2, heads, S, D]",
             "layer_outputs": [{"name": "debug_layer_00_input_ln", "shape": [1, 3, 4],
               "file": "debug_layer_00_input_ln_request_0.bin", "dtype": "FLOAT16", "num_bytes": 24}],
             "named_outputs": {"debug_layer_00_input_ln": {"name": "debug_layer_00_input_ln",
               "shape": [1, 3, 4], "file": "debug_layer_00_input_ln_request_0.bin",
               "dtype": "FLOAT16"}},
             "deepstack_embeds_aligned": [{"index": 0, "shape": [1, 3, 4],
               "float16_file": "deepstack_embeds_aligned_0_float16_request_0.bin",
               "dtype_float16": "FLOAT16", "bfloat16_file": "deepstack_bf16.bin",
               "dtype_bfloat16": "BF16"}],
             "kv_cache_bfloat16": {"file": "kv_cache_bfloat16_request_0.bin",
               "shape": [2, 1, 2, 1, 3, 4], "dtype": "BFLOAT16"},
             "kv_cache_lengths": {"file": "kv_cache_lengths_request_0.bin", "shape": [1],
               "dtype": "INT32", "active_values": [3]}}
            """);
    try (TensorSource source = Sources.open(file)) {
      assertEquals(
          List.of(
              "debug_layer_00_input_ln",
              "deepstack_embeds_aligned.0.float16",
              "deepstack_embeds_aligned.0.bfloat16",
              "kv_cache_bfloat16",
              "kv_cache_lengths"),
          List.copyOf(source.tensors().keySet()));
      assertTrue(Samples.same(norm, source.read("debug_layer_00_input_ln")));
      assertTrue(Samples.same(half, source.read("deepstack_embeds_aligned.0.float16")));
      assertTrue(Samples.same(brain, source.read("deepstack_embeds_aligned.0.bfloat16")));
      assertTrue(Samples.same(cache, source.read("kv_cache_bfloat16")));
      assertTrue(Samples.same(lengths, source.read("kv_cache_lengths")));
      assertEquals("3", source.metadata().get("kv_cache_lengths.active_values.0"));
      assertEquals("24", source.metadata().get("layer_outputs.0.num_bytes"));
      Refusal.expect(() -> source.read("kv_cache"), "no tensor \"kv_cache\"");
    }
  }

  @Test
  void tensorWithoutElements() throws IOException {
    Files.createFile(folder.resolve("e.bin"));
    Path file = json("e.json", "{\"file\": \"e.bin\", \"dtype\": \"u8\", \"shape\": [3, 0]}");
    try (TensorSource source = Sources.open(file)) {
      assertEquals(0, source.read("e").elements());
    }
  }

  private void refused(String text, String... parts) throws IOException {
    Path file = json("m.json", text);
    Refusal.expect(
        () -> {
          try (TensorSource source = Sources.open(file)) {
            source.tensors().keySet().forEach(source::read);
          }
        },
        parts);
  }

  @Test
  void defects() throws IOException {
    random("x.bin", DType.F16, 4, 2);
    String rest = "\"dtype\": \"f16\", \"shape\": [8]}";
    refused("{}", "m.json: describes neither raw files nor anything else");
    refused("{\"a\": {\"file\": \"x.bin\", \"shape\": [8]}}", "tensor \"a\" has no dtype");
    refused("{\"a\": {\"file\": \"x.bin\", \"dtype\": \"f16\"}}", "tensor \"a\" has no shape");
    refused("{\"file\": \"x.bin\", \"dtype\": \"i4\", \"shape\": [8]}", "of unknown type \"i4\"");
    refused("{\"file\": \"../x.bin\", " + rest, "outside the folder of this file");
    refused("{\"file\": \"/etc/passwd\", " + rest, "outside the folder of this file");
    refused("{\"file\": \"y.bin\", " + rest, "y.bin: cannot be read: no such file");
    refused("{\"file\": \"x.bin\", \"dtype\": \"f16\", \"shape\": [-8]}", "is negative: -8");
    refused(
        "{\"file\": \"x.bin\", \"dtype\": \"f16\", \"shape\": [4294967296, 4294967296]}",
        "has an impossible shape");
    refused(
        "{\"a\": {\"name\": \"n\", \"file\": \"x.bin\", %s, \"b\": {\"name\": \"n\", \"file\": \"x.bin\", \"dtype\": \"bf16\", \"shape\": [8]}}"
            .formatted(rest),
        "two tensors are called \"n\"");
    refused("{\"a\":".repeat(100_000), "not valid JSON", "depth");
    refused("{\"tensors\": [1, 2]}", "describes neither raw files nor anything else");
  }

  @Test
  void namesThatGrowFromLevelToLevel() throws IOException {
    String deep = ("{\"" + "x".repeat(60_000) + "\":").repeat(20);
    StringBuilder inner = new StringBuilder("{\"a\":0");
    for (int i = 0; i < 100; i++) {
      inner.append(",\"").append(i).append("\":0");
    }
    refused(deep + inner + "}" + "}".repeat(20), "its names have more than 50000000 characters");
  }
}
