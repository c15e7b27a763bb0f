package org.bitref.captures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.bitref.functions.CudaMath;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.SoftmaxKernel;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** PyTorch's element-wise operations, norms and softmax on an H100, beside the presets'. */
final class Elementwise {
  private static final String SYSTEM = "torch-cuda";
  private static final int PATTERNS = 1 << 16;

  private final TensorSource capture;
  private final Workers workers;
  private final List<Reproduced> rows = new ArrayList<>();

  private Elementwise(TensorSource capture, Workers workers) {
    this.capture = capture;
    this.workers = workers;
  }

  /** All of them. Skips the test without the captures. */
  static List<Reproduced> all() {
    try (TensorSource capture = Captures.capture("torch-cuda-elementwise-h100");
        Workers workers = new Workers(2)) {
      Elementwise elementwise = new Elementwise(capture, workers);
      for (DType dtype : List.of(DType.F16, DType.BF16)) {
        elementwise.functions(dtype);
        for (int n : new int[] {128, 256, 2048, 2560, 4096, 5120}) {
          elementwise.norm(word(dtype), n);
        }
        for (int n : new int[] {112, 1024, 3006}) {
          elementwise.softmax(word(dtype), n);
        }
      }
      return elementwise.rows;
    }
  }

  private static String word(DType dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  private static StageRecipe preset(String dtype, String stage) {
    return Recipes.model("hf-cuda-" + dtype + "-eager").of("layers.0." + stage);
  }

  private void functions(DType dtype) {
    PointRecipe silu = (PointRecipe) preset(word(dtype), "mlp_act");
    TensorBuilder patterns = new TensorBuilder(dtype, Shape.of(PATTERNS));
    for (int i = 0; i < PATTERNS; i++) {
      patterns.setBits(i, i);
    }
    Tensor all = patterns.build();
    check("silu." + word(dtype), silu.text(), new PointKernel(silu).run(all, workers));
    table("sigmoid", "sigmoid", all, x -> CudaMath.sigmoid((float) x));
    table("exp", "expf", all, x -> CudaMath.expf((float) x));
    table("rsqrt", "rsqrtf", all, x -> CudaMath.rsqrtf((float) x));
  }

  private void table(String name, String code, Tensor patterns, DoubleUnaryOperator function) {
    TensorBuilder results = new TensorBuilder(patterns.dtype(), patterns.shape());
    for (int i = 0; i < PATTERNS; i++) {
      results.set(i, function.applyAsDouble(patterns.get(i)));
    }
    check(name + "." + word(patterns.dtype()), "CudaMath." + code, results.build());
  }

  private void norm(String dtype, int n) {
    NormRecipe recipe = (NormRecipe) preset(dtype, "input_ln");
    NormKernel kernel = new NormKernel(recipe, 1e-6);
    String name = "norm." + dtype + "." + n;
    Tensor x = capture.read(name + ".x");
    Tensor meanSquare = kernel.meanSquares(x, n, workers);
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    Tensor weight = Tensor.ofFloats(Shape.of(n), ones);
    check(name + ".mean_square", recipe.text(), meanSquare);
    check(name + ".rsqrt", recipe.text(), kernel.reciprocalRoots(meanSquare));
    check(name + ".normalised", recipe.text(), kernel.run(x, weight, x.shape(), workers));
  }

  private void softmax(String dtype, int n) {
    String input = dtype.equals("f16") ? "f16" : "f32";
    SoftmaxRecipe recipe =
        (SoftmaxRecipe)
            StageRecipe.parse("softmax(calc=f32,exp=cuda,sum=torchsoftmax(" + input + "),out=f32)");
    String name = "softmax." + dtype + "." + n;
    Tensor y = new SoftmaxKernel(recipe).run(capture.read(name + ".x"), workers);
    rows.add(Reproduced.of(SYSTEM, name, recipe.text(), capture.read(name + ".y_f32"), y));
  }

  private void check(String name, String recipe, Tensor computed) {
    rows.add(Reproduced.of(SYSTEM, name, recipe, capture.read(name), computed));
  }
}
