package org.bitref.captures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.attention.AttentionKernel;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Presets;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/**
 * Attention kernels of an H100 that keep whole rows of scores: PyTorch's "math" and TensorRT's.
 * Each query is computed by itself, over all keys, of which those that it does not see are hidden.
 */
final class RowAttention {
  private static final Once CAUSAL = new Once(RowAttention::compared);

  private RowAttention() {}

  /** 60 queries of two heads among 3006 tokens. Skips the test without the captures. */
  static List<Reproduced> causal() {
    return CAUSAL.rows();
  }

  private static List<Reproduced> compared() {
    List<Reproduced> found = new ArrayList<>();
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      Tensor rows = capture.read("rows");
      int[] last = new int[Math.toIntExact(rows.elements())];
      for (int i = 0; i < last.length; i++) {
        last[i] = Math.toIntExact(rows.getLong(i));
      }
      Inputs inputs = Inputs.of(capture, "", last);
      for (String format : List.of("f16", "bf16")) {
        found.add(inputs.reproduced("torch_math_" + format, "torch-math-" + format, workers));
      }
      found.add(inputs.reproduced("trt_strong", "tensorrt-unfused-strong", workers));
      found.add(inputs.reproduced("trt_fp16", "tensorrt-unfused-weak", workers));
    }
    return found;
  }

  /**
   * TensorRT's fused attention over 77 tokens, each seeing all: the eight engines, by name. Skips
   * the test without the captures.
   */
  static List<Reproduced> full() {
    List<Reproduced> found = new ArrayList<>();
    try (TensorSource capture = Captures.capture("tensorrt-mha-h100");
        Workers workers = new Workers(2)) {
      int[] last = new int[77];
      Arrays.fill(last, last.length - 1);
      Inputs inputs = Inputs.of(capture, "s77d64.", last);
      Map<String, String> presets = new TreeMap<>();
      for (String form : List.of("scores", "q", "sqrt", "f32")) {
        presets.put("trt_fp16." + form, "tensorrt-mha-f16");
        presets.put("trt_strong." + form, "tensorrt-mha-" + (form.equals("f32") ? "f32" : "f16"));
      }
      presets.forEach((engine, preset) -> found.add(inputs.reproduced(engine, preset, workers)));
    }
    return found;
  }

  /**
   * @param prefix what the captured tensors' names begin with
   * @param last the last key that each query sees
   */
  private record Inputs(
      TensorSource capture, String prefix, int[] last, Tensor q, Tensor k, Tensor v) {
    static Inputs of(TensorSource capture, String prefix, int[] last) {
      return new Inputs(
          capture,
          prefix,
          last,
          capture.read(prefix + "q"),
          capture.read(prefix + "k"),
          capture.read(prefix + "v"));
    }

    Reproduced reproduced(String engine, String preset, Workers workers) {
      AttentionRecipe recipe = (AttentionRecipe) Presets.ATTENTION.get(preset).recipe();
      String system = engine.startsWith("trt") ? "tensorrt" : "pytorch_cuda";
      Tensor captured = capture.read(prefix + "attn." + engine);
      Tensor computed = attend(recipe, workers);
      return Reproduced.of(system, prefix + engine, recipe.text(), captured, computed);
    }

    /** The result for every head and query, from inputs in the format of the output. */
    private Tensor attend(AttentionRecipe recipe, Workers workers) {
      DType dtype = DType.of(recipe.output());
      int heads = q.shape().intDim(0);
      int tokens = k.shape().intDim(1);
      int d = q.shape().intDim(2);
      AttentionKernel kernel = new AttentionKernel(recipe);
      Tensor keys = k.cast(dtype).reshape(Shape.of(1, heads, tokens, d));
      Tensor values = v.cast(dtype).reshape(Shape.of(1, heads, tokens, d));
      TensorBuilder out = new TensorBuilder(dtype, q.shape());
      for (int i = 0; i < last.length; i++) {
        boolean[] visible = new boolean[tokens];
        Arrays.fill(visible, 0, last[i] + 1, true);
        Tensor one =
            kernel.run(
                query(i, dtype),
                keys,
                values,
                AttentionFunction.of(d),
                Optional.of(visible),
                1,
                workers);
        for (int head = 0; head < heads; head++) {
          out.copy(((long) head * last.length + i) * d, one, (long) head * d, d);
        }
      }
      return out.build();
    }

    private Tensor query(int i, DType dtype) {
      int heads = q.shape().intDim(0);
      int d = q.shape().intDim(2);
      TensorBuilder one = new TensorBuilder(dtype, Shape.of(1, heads, 1, d));
      Tensor cast = q.cast(dtype);
      for (int head = 0; head < heads; head++) {
        one.copy((long) head * d, cast, ((long) head * last.length + i) * d, d);
      }
      return one.build();
    }
  }
}
