package org.bitref.loaders.kv;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.SegmentOutput;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * Writes the KV cache of a prefill as other systems dump theirs. The source has the stages {@code
 * kv.{i}.k} and {@code kv.{i}.v}, [B, KV heads, S, D], for every layer; one layer at a time is in
 * memory. Every method throws {@link BadInputException} if the source lacks a layer or the target
 * cannot be written.
 */
public final class KvWriter {
  private KvWriter() {}

  /** As Hugging Face keeps it: {@code past_key_values.{i}.{key,value}}, [B, KV heads, S, D]. */
  public static void huggingFace(Path target, TensorSource source, boolean overwrite) {
    KvCache cache = KvCache.of(source);
    List<TensorEntry> entries = cache.apart("past_key_values.", cache.tokens());
    SafetensorsWriter.write(target, source.metadata(), entries, overwrite);
  }

  /**
   * As TensorRT-Edge-LLM's layer debugger dumps the engine's side: {@code round_0.layer_{i}.kv},
   * [B, 2, KV heads, capacity, D], filled from 0, {@code round_0.context_lengths}, and {@code
   * round_0.logits}, [B, V] in F32, where the source has logits [B, S, V].
   *
   * @param capacity tokens that the engine has room for; at least S
   */
  public static void edgeLlmEngine(
      Path target, TensorSource source, long capacity, boolean overwrite) {
    KvCache cache = KvCache.of(source, capacity);
    Shape shape = Shape.of(cache.batch(), 2, cache.heads(), capacity, cache.headDim());
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < cache.layers(); i++) {
      int layer = i;
      String name = "round_0.layer_%s.kv".formatted(i);
      entries.add(new TensorEntry(name, cache.dtype(), shape, () -> cache.joined(layer, capacity)));
    }
    entries.add(TensorEntry.of("round_0.context_lengths", cache.lengths()));
    cache.lastLogits().map(KvWriter::engineLogits).ifPresent(entries::add);
    SafetensorsWriter.write(target, source.metadata(), entries, overwrite);
  }

  /** The engine's are float32, [B, V]. */
  private static TensorEntry engineLogits(Tensor last) {
    Shape shape = Shape.of(last.shape().dim(0), last.shape().dim(2));
    return TensorEntry.of("round_0.logits", last.reshape(shape).cast(DType.F32));
  }

  /**
   * As TensorRT-Edge-LLM's scripts dump PyTorch's side: {@code round_0.layer_{i}.{key,value}}, [B,
   * KV heads, length, D], padded on the left, {@code attention_mask}, [B, length], and {@code
   * round_0.logits}, [B, 1, V], where the source has logits [B, S, V].
   *
   * @param length tokens and padding together; at least S
   */
  public static void edgeLlmGolden(
      Path target, TensorSource source, long length, boolean overwrite) {
    KvCache cache = KvCache.of(source, length);
    List<TensorEntry> entries = cache.apart("round_0.layer_", length);
    long[] mask = new long[Math.toIntExact(cache.batch() * length)];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % length < length - cache.tokens() ? 0 : 1;
    }
    Tensor tensor = Tensor.ofLongs(Shape.of(cache.batch(), length), mask);
    entries.add(TensorEntry.of("attention_mask", tensor));
    cache.lastLogits().map(last -> TensorEntry.of("round_0.logits", last)).ifPresent(entries::add);
    SafetensorsWriter.write(target, source.metadata(), entries, overwrite);
  }

  /**
   * As the Alpamayo fork's runtime dumps it: {@code kv_cache_request_0.bin}, raw [layers, B, 2, KV
   * heads, capacity, D], {@code kv_cache_lengths_request_0.bin}, and {@code
   * kv_cache_request_0.json}, which describes them and is written last.
   *
   * @param folder exists already
   * @param capacity tokens that the engine has room for; at least S
   */
  public static void edgeLlmFork(
      Path folder, TensorSource source, long capacity, boolean overwrite) {
    KvCache cache = KvCache.of(source, capacity);
    Path json = folder.resolve("kv_cache_request_0.json");
    if (!overwrite && Files.exists(json)) {
      throw new BadInputException(
          json.toString(), "exists already", "Choose another folder, or allow overwriting.");
    }
    NewFile.write(
        folder.resolve("kv_cache_request_0.bin"),
        overwrite,
        channel -> {
          SegmentOutput out = new SegmentOutput(channel);
          for (int layer = 0; layer < cache.layers(); layer++) {
            out.write(cache.joined(layer, capacity).data());
          }
        });
    Tensor lengths = cache.lengths();
    NewFile.write(
        folder.resolve("kv_cache_lengths_request_0.bin"),
        overwrite,
        channel -> new SegmentOutput(channel).write(lengths.data()));
    Shape shape =
        Shape.of(cache.layers(), cache.batch(), 2, cache.heads(), capacity, cache.headDim());
    String text =
        "{\"request_idx\":0,%s,%s}"
            .formatted(
                described("kv_cache", shape, forkName(cache.dtype())),
                described("kv_cache_lengths", lengths.shape(), "INT32"));
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    NewFile.write(
        json, overwrite, channel -> new SegmentOutput(channel).write(MemorySegment.ofArray(utf8)));
  }

  private static String described(String name, Shape shape, String dtype) {
    return "\"%s\":{\"file\":\"%s_request_0.bin\",\"shape\":%s,\"dtype\":\"%s\"}"
        .formatted(name, name, shape.toString().replace(" ", ""), dtype);
  }

  private static String forkName(DType dtype) {
    return switch (dtype) {
      case F32 -> "FLOAT32";
      case F16 -> "FLOAT16";
      case F8_E4M3 -> "FP8";
      default -> dtype.name();
    };
  }
}
