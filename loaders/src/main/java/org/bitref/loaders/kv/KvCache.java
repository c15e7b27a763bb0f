package org.bitref.loaders.kv;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * The stages {@code kv.{i}.k} and {@code kv.{i}.v} of a source, i counting the layers from 0: each
 * [B, KV heads, S, D], all of one float type.
 */
record KvCache(TensorSource source, DType dtype, Shape shape, int layers) {

  /**
   * The whole cache of a source.
   *
   * @throws BadInputException if there is none, if a layer lacks K or V, or if shapes or types
   *     differ
   */
  static KvCache of(TensorSource source) {
    List<TensorInfo> infos = new ArrayList<>();
    while (source.has(name(infos.size() / 2, infos.size() % 2))) {
      infos.add(source.tensors().get(name(infos.size() / 2, infos.size() % 2)));
    }
    if (infos.isEmpty() || infos.size() % 2 != 0) {
      throw new BadInputException(
          source.name(),
          "has no " + name(infos.size() / 2, infos.size() % 2),
          "A KV cache is written from kv.{i}.k and kv.{i}.v for every layer from 0 on.");
    }
    TensorInfo first = infos.getFirst();
    for (TensorInfo info : infos) {
      boolean same = info.dtype() == first.dtype() && info.shape().equals(first.shape());
      if (!same || info.shape().rank() != 4 || !info.dtype().isFloat()) {
        throw new BadInputException(
            source.name(),
            "%s is %s %s, and %s is %s %s"
                .formatted(
                    first.name(),
                    first.dtype(),
                    first.shape(),
                    info.name(),
                    info.dtype(),
                    info.shape()),
            "Every layer's K and V must be [B, KV heads, S, D], of one shape and float type.");
      }
    }
    return new KvCache(source, first.dtype(), first.shape(), infos.size() / 2);
  }

  /**
   * As above, with room for so many tokens.
   *
   * @throws BadInputException also if the cache has more
   */
  static KvCache of(TensorSource source, long room) {
    KvCache cache = of(source);
    if (room < cache.tokens()) {
      throw new BadInputException(
          source.name(),
          "has %s tokens, which do not fit %s".formatted(cache.tokens(), room),
          "Give a larger capacity.");
    }
    return cache;
  }

  /** Name of K (0) or V (1) of a layer. */
  private static String name(int layer, int kv) {
    return "kv." + layer + (kv == 0 ? ".k" : ".v");
  }

  long batch() {
    return shape.dim(0);
  }

  long heads() {
    return shape.dim(1);
  }

  long tokens() {
    return shape.dim(2);
  }

  long headDim() {
    return shape.dim(3);
  }

  /**
   * K and V of every layer, {@code <prefix>{i}.key} and {@code <prefix>{i}.value}, with zeros
   * before the tokens: [B, KV heads, length, D].
   */
  List<TensorEntry> apart(String prefix, long length) {
    Shape padded = Shape.of(batch(), heads(), length, headDim());
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < 2 * layers; i++) {
      String name = prefix + i / 2 + (i % 2 == 0 ? ".key" : ".value");
      String stage = name(i / 2, i % 2);
      entries.add(new TensorEntry(name, dtype, padded, () -> padded(stage, padded)));
    }
    return entries;
  }

  private Tensor padded(String stage, Shape padded) {
    Tensor tensor = source.read(stage);
    if (padded.equals(shape)) {
      return tensor;
    }
    TensorBuilder out = new TensorBuilder(dtype, padded);
    for (long head = 0; head < batch() * heads(); head++) {
      copy(out, (head + 1) * padded.dim(2) - tokens(), tensor, head);
    }
    return out.build();
  }

  /** K and V of a layer with zeros behind the tokens: [B, 2, KV heads, capacity, D]. */
  Tensor joined(int layer, long capacity) {
    TensorBuilder out =
        new TensorBuilder(dtype, Shape.of(batch(), 2, heads(), capacity, headDim()));
    for (int kv = 0; kv < 2; kv++) {
      Tensor tensor = source.read(name(layer, kv));
      for (long head = 0; head < batch() * heads(); head++) {
        long row = head / heads() * 2 * heads() + kv * heads() + head % heads();
        copy(out, row * capacity, tensor, head);
      }
    }
    return out.build();
  }

  /** Copies all tokens of a head; {@code to} counts tokens too. */
  private void copy(TensorBuilder out, long to, Tensor tensor, long head) {
    long elements = tokens() * headDim();
    out.copy(to * headDim(), tensor, head * elements, elements);
  }

  /** How many tokens each row of the batch has, [B]. */
  Tensor lengths() {
    int[] lengths = new int[Math.toIntExact(batch())];
    Arrays.fill(lengths, Math.toIntExact(tokens()));
    return new Tensor(DType.I32, Shape.of(lengths.length), MemorySegment.ofArray(lengths));
  }

  /** The last token's logits, [B, 1, V], if the source has logits [B, S, V]. */
  Optional<Tensor> lastLogits() {
    Optional<Tensor> all = source.find("logits").filter(logits -> logits.shape().rank() == 3);
    return all.map(
        logits -> {
          long rows = logits.shape().dim(1);
          long width = logits.shape().dim(2);
          TensorBuilder last =
              new TensorBuilder(logits.dtype(), Shape.of(logits.shape().dim(0), 1, width));
          for (long b = 0; b < logits.shape().dim(0) && rows > 0; b++) {
            last.copy(b * width, logits, ((b + 1) * rows - 1) * width, width);
          }
          return last.build();
        });
  }
}
