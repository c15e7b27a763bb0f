package org.bitref.loaders.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
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
final class KvCache {
  private final TensorSource source;
  private final DType dtype;
  private final Shape shape;
  private final int layers;

  private KvCache(TensorSource source, DType dtype, Shape shape, int layers) {
    this.source = source;
    this.dtype = dtype;
    this.shape = shape;
    this.layers = layers;
  }

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

  /** Name of K (0) or V (1) of a layer. */
  private static String name(int layer, int kv) {
    return "kv." + layer + (kv == 0 ? ".k" : ".v");
  }

  DType dtype() {
    return dtype;
  }

  int layers() {
    return layers;
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

  /** K or V of a layer, as it is. */
  Tensor read(int layer, int kv) {
    return source.read(name(layer, kv));
  }

  /** K (0) or V (1) of a layer with zeros before the tokens: [B, KV heads, before + S, D]. */
  Tensor padded(int layer, int kv, long before) {
    Shape padded = Shape.of(batch(), heads(), before + tokens(), headDim());
    TensorBuilder out = new TensorBuilder(dtype, padded);
    Tensor tensor = read(layer, kv);
    for (long head = 0; head < batch() * heads(); head++) {
      long to = (head * padded.dim(2) + before) * headDim();
      copy(out, to, tensor, head);
    }
    return out.build();
  }

  /** K and V of a layer with zeros behind the tokens: [B, 2, KV heads, capacity, D]. */
  Tensor joined(int layer, long capacity) {
    TensorBuilder out =
        new TensorBuilder(dtype, Shape.of(batch(), 2, heads(), capacity, headDim()));
    for (int kv = 0; kv < 2; kv++) {
      Tensor tensor = read(layer, kv);
      for (long head = 0; head < batch() * heads(); head++) {
        long row = head / heads() * 2 * heads() + kv * heads() + head % heads();
        copy(out, row * capacity * headDim(), tensor, head);
      }
    }
    return out.build();
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

  private void copy(TensorBuilder out, long to, Tensor tensor, long head) {
    long elements = tokens() * headDim();
    out.copy(to, tensor, head * elements, elements);
  }
}
