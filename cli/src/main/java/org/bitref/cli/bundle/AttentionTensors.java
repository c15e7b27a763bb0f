package org.bitref.cli.bundle;

import java.util.Arrays;
import java.util.Map;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.operation.Attention;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * What an attention computes as tensors, where it is not {@link AttentionFunction#of what most do}:
 * {@code scale}, {@code causal}, and if it has them {@code window}, {@code softcap} and {@code
 * sinks}.
 */
final class AttentionTensors {
  private AttentionTensors() {}

  static void put(Map<String, Tensor> tensors, Attention attention) {
    AttentionFunction function = attention.function();
    if (function.equals(AttentionFunction.of(attention.q().shape().intDim(3)))) {
      return;
    }
    tensors.put("scale", doubles(function.scale()));
    byte causal = (byte) (function.causal() ? 1 : 0);
    tensors.put("causal", Tensor.ofBytes(DType.BOOL, Shape.of(1), new byte[] {causal}));
    function.window().ifPresent(w -> tensors.put("window", Tensor.ofLongs(Shape.of(1), w)));
    function.softcap().ifPresent(cap -> tensors.put("softcap", doubles(cap)));
    if (!function.sinks().isEmpty()) {
      double[] sinks = function.sinks().stream().mapToDouble(Double::doubleValue).toArray();
      tensors.put("sinks", doubles(sinks));
    }
  }

  private static Tensor doubles(double... values) {
    return Tensor.ofDoubles(Shape.of(values.length), values);
  }

  /**
   * The function that was put there.
   *
   * @throws IllegalArgumentException if it is none
   */
  static AttentionFunction function(TensorSource from, int headDim) {
    AttentionFunction function = AttentionFunction.of(headDim);
    if (from.has("scale")) {
      function = function.withScale(from.read("scale").get(0));
    }
    if (from.has("causal") && from.read("causal").getLong(0) == 0) {
      function = function.notCausal();
    }
    if (from.has("window")) {
      function = function.withWindow(Math.toIntExact(from.read("window").getLong(0)));
    }
    if (from.has("softcap")) {
      function = function.withSoftcap(from.read("softcap").get(0));
    }
    if (from.has("sinks")) {
      double[] sinks = from.read("sinks").toDoubles();
      function = function.withSinks(Arrays.stream(sinks).boxed().toList());
    }
    return function;
  }
}
