package org.bitref.loaders.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.map.NameMap;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvWriterTest {
  @TempDir Path folder;

  private static TensorSource cache(DType dtype, int layers, Shape shape) {
    Random random = new Random(5);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < layers; i++) {
      tensors.put("kv." + i + ".k", Samples.tensor(dtype, shape, random));
      tensors.put("kv." + i + ".v", Samples.tensor(dtype, shape, random));
    }
    return TensorSource.of("cache", tensors);
  }

  private static void assertComesBack(TensorSource expected, Path file, String map) {
    try (TensorSource read = NameMap.load(map).apply(Sources.open(file))) {
      assertEquals(expected.tensors().keySet(), without(read, "attention_mask"));
      for (String name : expected.tensors().keySet()) {
        assertTrue(Samples.same(expected.read(name), read.read(name)), name);
        assertEquals(expected.tensors().get(name).shape(), read.tensors().get(name).shape());
      }
    }
  }

  private static Set<String> without(TensorSource source, String name) {
    var names = new LinkedHashSet<>(source.tensors().keySet());
    names.remove(name);
    return names;
  }

  @Test
  void everyLayoutComesBack() {
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F8_E4M3, DType.F32)) {
      TensorSource cache = cache(dtype, 3, Shape.of(2, 3, 5, 4));
      Path file = folder.resolve("kv.safetensors");
      KvWriter.huggingFace(file, cache, true);
      assertComesBack(cache, file, "hf");
      for (long capacity : new long[] {5, 9}) {
        KvWriter.edgeLlmEngine(file, cache, capacity, true);
        assertComesBack(cache, file, "edge-llm");
        KvWriter.edgeLlmGolden(file, cache, capacity, true);
        assertComesBack(cache, file, "edge-llm");
        KvWriter.edgeLlmFork(folder, cache, capacity, true);
        assertComesBack(cache, folder.resolve("kv_cache_request_0.json"), "edge-llm");
      }
    }
  }

  @Test
  void paddingStandsWhereTheSystemHasIt() {
    TensorSource cache =
        TensorSource.of(
            "cache",
            Map.of(
                "kv.0.k", Tensor.ofFloats(Shape.of(1, 1, 2, 1), 1, 2),
                "kv.0.v", Tensor.ofFloats(Shape.of(1, 1, 2, 1), 3, 4)));
    Path file = folder.resolve("kv.safetensors");
    KvWriter.edgeLlmEngine(file, cache, 3, true);
    try (TensorSource source = Sources.open(file)) {
      Tensor kv = source.read("round_0.layer_0.kv");
      Tensor expected = Tensor.ofFloats(Shape.of(1, 2, 1, 3, 1), 1, 2, 0, 3, 4, 0);
      assertTrue(Samples.same(expected, kv));
      assertEquals(2, source.read("round_0.context_lengths").getLong(0));
    }
    KvWriter.edgeLlmGolden(file, cache, 3, true);
    try (TensorSource source = Sources.open(file)) {
      Tensor value = source.read("round_0.layer_0.value");
      assertTrue(Samples.same(Tensor.ofFloats(Shape.of(1, 1, 3, 1), 0, 3, 4), value));
      Tensor mask = source.read("attention_mask");
      assertTrue(Samples.same(Tensor.ofLongs(Shape.of(1, 3), 0, 1, 1), mask));
    }
  }

  /** Of the prefill's logits both sides of a dump have the last row. */
  @Test
  void logitsOfTheLastToken() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    TensorSource kv = cache(DType.F16, 1, Shape.of(2, 1, 3, 2));
    kv.tensors().keySet().forEach(name -> tensors.put(name, kv.read(name)));
    Tensor logits = Tensor.ofFloats(Shape.of(2, 3, 1), 1, 2, 3, 4, 5, 6).cast(DType.F16);
    tensors.put("logits", logits);
    TensorSource source = TensorSource.of("prefill", tensors);
    Path engine = folder.resolve("engine.safetensors");
    Path golden = folder.resolve("golden.safetensors");
    KvWriter.edgeLlmEngine(engine, source, 4, false);
    KvWriter.edgeLlmGolden(golden, source, 4, false);
    NameMap map = NameMap.load("edge-llm");
    try (TensorSource ours = map.apply(source);
        TensorSource left = map.apply(Sources.open(golden));
        TensorSource right = map.apply(Sources.open(engine))) {
      assertEquals(Shape.of(2, 1, 1), left.read("logits").shape());
      assertEquals(Shape.of(2, 1), right.read("logits").shape());
      for (TensorSource side : List.of(ours, left, right)) {
        assertArrayEquals(new float[] {3, 6}, side.read("logits").toFloats());
      }
      assertEquals(DType.F32, right.read("logits").dtype());
    }
  }

  @Test
  void cachesThatCannotBeWritten() {
    Path file = folder.resolve("kv.safetensors");
    TensorSource whole = cache(DType.F16, 2, Shape.of(1, 1, 5, 2));
    Refusal.expect(
        () -> KvWriter.edgeLlmEngine(file, whole, 4, true), "has 5 tokens, which do not fit 4");
    TensorSource none = TensorSource.of("none", Map.of());
    Refusal.expect(() -> KvWriter.huggingFace(file, none, true), "none: has no kv.0.k");
    Tensor k = whole.read("kv.0.k");
    TensorSource half = TensorSource.of("half", Map.of("kv.0.k", k));
    Refusal.expect(() -> KvWriter.huggingFace(file, half, true), "half: has no kv.0.v");
    TensorSource mixed = TensorSource.of("mixed", Map.of("kv.0.k", k, "kv.0.v", k.cast(DType.F32)));
    Refusal.expect(
        () -> KvWriter.huggingFace(file, mixed, true),
        "kv.0.k is F16 [1, 1, 5, 2], and kv.0.v is F32 [1, 1, 5, 2]");
    TensorSource flat =
        TensorSource.of("flat", Map.of("kv.0.k", k.reshape(Shape.of(10)), "kv.0.v", k));
    Refusal.expect(() -> KvWriter.huggingFace(file, flat, true), "must be [B, KV heads, S, D]");
    KvWriter.edgeLlmFork(folder, whole, 5, false);
    Refusal.expect(() -> KvWriter.edgeLlmFork(folder, whole, 5, false), "exists already");
    assertTrue(Files.notExists(file));
  }
}
