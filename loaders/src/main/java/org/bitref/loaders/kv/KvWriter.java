package org.bitref.loaders.kv;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
    Shape shape = Shape.of(cache.batch(), cache.heads(), cache.tokens(), cache.headDim());
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < cache.layers(); i++) {
      int layer = i;
      String name = "past_key_values." + i;
      entries.add(new TensorEntry(name + ".key", cache.dtype(), shape, () -> cache.read(layer, 0)));
      entries.add(
          new TensorEntry(name + ".value", cache.dtype(), shape, () -> cache.read(layer, 1)));
    }
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
    KvCache cache = KvCache.of(source);
    checkRoom(source, cache, capacity);
    Shape shape = Shape.of(cache.batch(), 2, cache.heads(), capacity, cache.headDim());
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < cache.layers(); i++) {
      int layer = i;
      entries.add(
          new TensorEntry(
              "round_0.layer_%d.kv".formatted(i),
              cache.dtype(),
              shape,
              () -> cache.joined(layer, capacity)));
    }
    entries.add(TensorEntry.of("round_0.context_lengths", lengths(cache)));
    cache.lastLogits().map(KvWriter::engineLogits).ifPresent(entries::add);
    SafetensorsWriter.write(target, source.metadata(), entries, overwrite);
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
    KvCache cache = KvCache.of(source);
    checkRoom(source, cache, length);
    long before = length - cache.tokens();
    Shape shape = Shape.of(cache.batch(), cache.heads(), length, cache.headDim());
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < cache.layers(); i++) {
      for (int kv = 0; kv < 2; kv++) {
        int layer = i;
        int which = kv;
        entries.add(
            new TensorEntry(
                "round_0.layer_%d.%s".formatted(i, kv == 0 ? "key" : "value"),
                cache.dtype(),
                shape,
                () -> cache.padded(layer, which, before)));
      }
    }
    long[] mask = new long[Math.toIntExact(cache.batch() * length)];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % length < before ? 0 : 1;
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
    KvCache cache = KvCache.of(source);
    checkRoom(source, cache, capacity);
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
    Tensor lengths = lengths(cache);
    NewFile.write(
        folder.resolve("kv_cache_lengths_request_0.bin"),
        overwrite,
        channel -> new SegmentOutput(channel).write(lengths.data()));
    long[] shape = {cache.layers(), cache.batch(), 2, cache.heads(), capacity, cache.headDim()};
    NewFile.write(
        json,
        overwrite,
        channel -> {
          try (JsonGenerator out =
              new JsonFactory()
                  .createGenerator(Channels.newOutputStream(channel), JsonEncoding.UTF8)) {
            out.writeStartObject();
            out.writeNumberField("request_idx", 0);
            describe(out, "kv_cache", forkName(cache.dtype()), shape);
            describe(out, "kv_cache_lengths", "INT32", lengths.shape().dims());
            out.writeEndObject();
          }
        });
  }

  private static void describe(JsonGenerator out, String name, String dtype, long[] shape)
      throws IOException {
    out.writeObjectFieldStart(name);
    out.writeStringField("file", name + "_request_0.bin");
    out.writeArrayFieldStart("shape");
    for (long length : shape) {
      out.writeNumber(length);
    }
    out.writeEndArray();
    out.writeStringField("dtype", dtype);
    out.writeEndObject();
  }

  private static String forkName(DType dtype) {
    return switch (dtype) {
      case F32 -> "FLOAT32";
      case F16 -> "FLOAT16";
      case F8_E4M3 -> "FP8";
      default -> dtype.name();
    };
  }

  /** The engine's are float32, [B, V]. */
  private static TensorEntry engineLogits(Tensor last) {
    Shape shape = Shape.of(last.shape().dim(0), last.shape().dim(2));
    return TensorEntry.of("round_0.logits", last.reshape(shape).cast(DType.F32));
  }

  private static Tensor lengths(KvCache cache) {
    int[] lengths = new int[Math.toIntExact(cache.batch())];
    Arrays.fill(lengths, Math.toIntExact(cache.tokens()));
    return new Tensor(DType.I32, Shape.of(lengths.length), MemorySegment.ofArray(lengths));
  }

  private static void checkRoom(TensorSource source, KvCache cache, long room) {
    if (room < cache.tokens()) {
      throw new BadInputException(
          source.name(),
          "has %d tokens, which do not fit %d".formatted(cache.tokens(), room),
          "Give a larger capacity.");
    }
  }
}
