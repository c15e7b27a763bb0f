package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.numerics.Format;
import org.bitref.operation.Norm;
import org.bitref.operation.Product;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.replay.Replayed;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Systems that compute something else than the model says: never rounding. */
class OtherFunctionTest {
  private static final String RECIPE = "hf-cuda-f16-eager";
  private static final String O = "layers.0.o_proj";
  private static final String X = "layers.0.post_attn_hidden";
  private static final String Y = "layers.0.post_attn_ln";
  private static final String NORM = "layers.0.post_attention_layernorm.weight";
  private static TwoSystems systems;
  private static Map<String, Tensor> right;

  @BeforeAll
  static void run() {
    systems = new TwoSystems();
    right = systems.run(RECIPE);
  }

  private static Map<String, Tensor> with(String stage, Tensor tensor) {
    Map<String, Tensor> changed = new LinkedHashMap<>(right);
    changed.put(stage, tensor);
    return changed;
  }

  private static SystemStage stage(Explanation found, String stage, String system) {
    return found.stages().stream()
        .filter(report -> report.name().equals(stage))
        .flatMap(report -> report.system(system).stream())
        .findFirst()
        .orElseThrow();
  }

  /** Both orders of the systems: the fault is the second's, then the first's. */
  private static void assertOther(
      String stage, Tensor wrong, Set<OtherFunction> expected, boolean model) {
    Explanation second = systems.explain(right, with(stage, wrong), model);
    assertEquals(Conclusion.OTHER_FUNCTION, second.verdict());
    assertEquals(expected, stage(second, stage, "b").function());
    assertEquals(Set.of(), stage(second, stage, "a").function());
    Explanation first = systems.explain(with(stage, wrong), right, model);
    assertEquals(Conclusion.OTHER_FUNCTION, first.verdict());
    assertEquals(expected, stage(first, stage, "a").function());
  }

  private static Tensor of(Tensor x, DoubleUnaryOperator function) {
    double[] values = x.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] = function.applyAsDouble(values[i]);
    }
    return Tensor.ofDoubles(x.shape(), values).cast(x.dtype());
  }

  @Test
  void anotherEpsilonIsAnotherFunction() {
    Tensor small = of(right.get("layers.0.post_attn_hidden"), x -> 0x1p-9 * x);
    Tensor weight = systems.weights().weight(NORM);
    Map<String, Tensor> a = Map.of(X, small, Y, norm(small, weight, Optional.empty()));
    Map<String, Tensor> b = Map.of(X, small, Y, norm(small, weight, Optional.of(1e-5)));
    Explanation found = systems.explain(a, b, true);
    assertEquals(Conclusion.OTHER_FUNCTION, found.verdict());
    assertEquals(Set.of(new OtherFunction.Epsilon(1e-5, 1e-6)), stage(found, Y, "b").function());
    // What it computes it computes well: its own error is one of rounding.
    SystemStage.Recomputed own = stage(found, Y, "b").recomputed().orElseThrow();
    assertTrue(own.ownError().rmsUlp() < 1, own.ownError().toString());
    assertEquals(Conclusion.EQUAL, systems.explain(b, new LinkedHashMap<>(b), true).verdict());
  }

  private static Tensor norm(Tensor x, Tensor weight, Optional<Double> eps) {
    return norm(x, weight, eps, ((NormRecipe) Recipes.model(RECIPE).of(Y)).form());
  }

  private static Tensor norm(Tensor x, Tensor weight, Optional<Double> eps, NormRecipe.Form form) {
    NormRecipe r = (NormRecipe) Recipes.model(RECIPE).of(Y);
    NormRecipe other =
        new NormRecipe(
            form,
            r.calc(),
            r.sum(),
            r.mean(),
            eps,
            r.place(),
            r.rsqrt(),
            r.low(),
            r.fused(),
            r.weight(),
            r.output());
    try (Workers workers = new Workers(1)) {
      return new Norm(x, weight.cast(x.dtype()), 1e-6).run(other, workers);
    }
  }

  @Test
  void onePlusWeightIsAnotherFunction() {
    Tensor weight = systems.weights().weight(NORM);
    assertOther(
        Y,
        norm(right.get(X), weight, Optional.empty(), NormRecipe.Form.GEMMA),
        Set.of(OtherFunction.Known.ONE_PLUS_WEIGHT),
        true);
  }

  @ParameterizedTest
  @EnumSource(
      value = OtherFunction.Known.class,
      names = {"GELU", "GELU_TANH", "QUICK_GELU", "RELU", "NOT_ACTIVATED"})
  void anotherActivationIsAnotherFunction(OtherFunction.Known name) {
    DoubleUnaryOperator function =
        switch (name) {
          case GELU -> x -> x * normal(x);
          case GELU_TANH ->
              x ->
                  0.5
                      * x
                      * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3))));
          case QUICK_GELU -> x -> x / (1 + Math.exp(-1.702 * x));
          case RELU -> x -> Math.max(x, 0);
          default -> x -> x;
        };
    Tensor act = of(right.get("layers.0.gate_proj"), function);
    assertOther("layers.0.mlp_act", act, Set.of(name), false);
  }

  /** The distribution function of the normal distribution, by Simpson's rule in steps of x/2000. */
  private static double normal(double x) {
    double sum = 0;
    for (int i = 0; i <= 2000; i++) {
      double t = x * i / 2000;
      sum += (i == 0 || i == 2000 ? 1 : i % 2 == 0 ? 2 : 4) * Math.exp(-t * t / 2);
    }
    return 0.5 + sum * x / 6000 / Math.sqrt(2 * Math.PI);
  }

  @Test
  void aTermThatIsNotAddedIsAnotherFunction() {
    assertOther(
        "layers.0.hidden",
        right.get("layers.0.post_attn_hidden"),
        Set.of(OtherFunction.Known.NOT_ADDED),
        false);
  }

  @Test
  void anotherRotaryBaseIsAnotherFunction() {
    Tensor cos = right.get("rope.cos");
    int d = cos.shape().intDim(-1);
    double[] values = new double[(int) cos.elements()];
    for (int i = 0; i < values.length; i++) {
      int position = i / d;
      values[i] = Math.cos(position * Math.pow(1e6, -2.0 * (i % (d / 2)) / d));
    }
    Tensor wrong = Tensor.ofDoubles(cos.shape(), values).cast(cos.dtype());
    assertOther(
        "rope.cos", wrong, Set.of(new OtherFunction.Rotary(1e6, 5e6, Axes.INTERLEAVED, 0)), true);
  }

  /** Attention in double over the last {@code window} keys, rounded once. */
  private static Tensor windowed(int window) {
    Tensor q = right.get("layers.0.q_rope");
    Tensor k = right.get("kv.0.k");
    Tensor v = right.get("kv.0.v");
    int heads = q.shape().intDim(1);
    int tokens = q.shape().intDim(2);
    int d = q.shape().intDim(3);
    int group = heads / k.shape().intDim(1);
    double[] out = new double[(int) q.elements()];
    for (int h = 0; h < heads; h++) {
      for (int t = 0; t < tokens; t++) {
        double total = 0;
        double[] sum = new double[d];
        for (int j = Math.max(0, t + 1 - window); j <= t; j++) {
          double score = 0;
          long key = ((long) h / group * tokens + j) * d;
          for (int i = 0; i < d; i++) {
            score += q.get(((long) h * tokens + t) * d + i) * k.get(key + i);
          }
          double p = Math.exp(score / Math.sqrt(d));
          total += p;
          for (int i = 0; i < d; i++) {
            sum[i] += p * v.get(key + i);
          }
        }
        for (int i = 0; i < d; i++) {
          out[(t * heads + h) * d + i] = sum[i] / total;
        }
      }
    }
    return Tensor.ofDoubles(right.get("layers.0.attn_out").shape(), out).cast(DType.F16);
  }

  @Test
  void aWindowIsAnotherFunctionButOfBothItIsNone() {
    Tensor window = windowed(7);
    assertOther("layers.0.attn_out", window, Set.of(new OtherFunction.Window(7)), false);
    Explanation found = systems.explain(right, with("layers.0.attn_out", window), false);
    // Its error is that of one rounding, against what it computes.
    SystemStage.Recomputed own = stage(found, "layers.0.attn_out", "b").recomputed().orElseThrow();
    assertTrue(own.ownError().maxUlp() <= 0.51, own.ownError().toString());
    Random random = new Random(9);
    Tensor near = of(window, x -> random.nextInt(9) == 0 ? Float.float16ToFloat(up((float) x)) : x);
    Explanation both =
        systems.explain(with("layers.0.attn_out", window), with("layers.0.attn_out", near), false);
    assertEquals(Conclusion.ROUNDING, both.verdict());
    assertEquals(
        Set.of(new OtherFunction.Window(7)), stage(both, "layers.0.attn_out", "a").function());
  }

  private static short up(float half) {
    return (short) (Float.floatToFloat16(half) + 1);
  }

  @Test
  void anOverflowIsNoRounding() {
    Tensor act = of(right.get("layers.0.mlp_act"), x -> x);
    double[] large = act.toDoubles();
    large[5] = 700;
    Tensor gate = Tensor.ofDoubles(act.shape(), large);
    double[] up = right.get("layers.0.up_proj").toDoubles();
    up[5] = 200;
    double[] product = new double[up.length];
    for (int i = 0; i < up.length; i++) {
      product[i] = large[i] * up[i];
    }
    Explanation found =
        systems.explain(
            gated(gate, up, product, act.shape(), DType.BF16),
            gated(gate, up, product, act.shape(), DType.F16),
            false);
    assertEquals(Conclusion.OVERFLOW, found.verdict());
    Overflow overflow = stage(found, "layers.0.mlp_mul", "b").overflow().orElseThrow();
    assertEquals(1, overflow.count());
    assertEquals(5, overflow.at());
    assertEquals(140000, overflow.due());
    assertEquals(700, overflow.operand());
    assertEquals(Optional.empty(), stage(found, "layers.0.mlp_mul", "a").overflow());
  }

  private static Map<String, Tensor> gated(
      Tensor gate, double[] up, double[] product, Shape shape, DType dtype) {
    // Values that both types hold.
    Tensor left = gate.cast(DType.BF16).cast(DType.F16);
    Tensor right = Tensor.ofDoubles(shape, up).cast(DType.BF16).cast(DType.F16);
    double[] exact = left.toDoubles();
    for (int i = 0; i < exact.length; i++) {
      exact[i] *= right.get(i);
    }
    exact[5] = product[5];
    return Map.of(
        "layers.0.mlp_act", left.cast(dtype),
        "layers.0.up_proj", right.cast(dtype),
        "layers.0.mlp_mul", Tensor.ofDoubles(shape, exact).cast(dtype));
  }

  /** Every column has its constant, in both systems the same; one rounding or two. */
  @Test
  void aBiasThatIsNotCapturedIsAConstantByColumn() {
    String stage = "layers.0.q_proj";
    Tensor exact;
    try (Workers workers = new Workers(1)) {
      Tensor x = right.get("layers.0.input_ln");
      String name = "layers.0.self_attn.q_proj.weight";
      Tensor w = systems.weights().weight(name).cast(DType.F16);
      exact =
          new Product(x.reshape(x.shape().asRows()), w, Optional.empty(), Optional.empty())
              .exact(workers);
    }
    double[] one = exact.toDoubles();
    double[] two = exact.cast(DType.F16).toDoubles();
    int columns = exact.shape().intDim(-1);
    for (int i = 0; i < one.length; i++) {
      double bias = (i % columns % 5 - 2) * 0.75;
      one[i] += bias;
      two[i] += bias;
    }
    Shape shape = right.get(stage).shape();
    Explanation both =
        systems.explain(
            product(stage, Tensor.ofDoubles(shape, one).cast(DType.F16)),
            product(stage, Tensor.ofDoubles(shape, two).cast(DType.F16)),
            true);
    for (String system : List.of("a", "b")) {
      SystemStage found = stage(both, stage, system);
      assertEquals(Status.BOUNDED, found.status());
      OtherFunction.Bias bias = (OtherFunction.Bias) found.function().iterator().next();
      long constant = IntStream.range(0, columns).filter(j -> j % 5 != 2).count();
      assertEquals(constant, bias.columns());
    }
    assertEquals(Conclusion.ROUNDING, both.verdict());
  }

  /**
   * A column that is three units in the last place of its larger values off: coarser sums may be.
   */
  @Test
  void whatCoarseSumsMayGiveIsNoBias() {
    String stage = "layers.0.q_proj";
    Tensor y = right.get(stage);
    int columns = y.shape().intDim(-1);
    double[] off = y.toDoubles();
    for (int i = 0; i < off.length; i += columns) {
      off[i] += 3 * 0x1p-8;
    }
    Tensor coarse = Tensor.ofDoubles(y.shape(), off).cast(DType.F16);
    Explanation found = systems.explain(product(stage, y), product(stage, coarse), true);
    assertEquals(Set.of(), stage(found, stage, "b").function());
    assertEquals(Status.UNEXPLAINED, stage(found, stage, "b").status());
    assertEquals(Conclusion.UNEXPLAINED, found.verdict());
  }

  private static Map<String, Tensor> product(String stage, Tensor y) {
    return Map.of("layers.0.input_ln", right.get("layers.0.input_ln"), stage, y);
  }

  /** What begins where nothing can be computed again is not rounding because later stages are. */
  @Test
  void aStartThatCannotBeComputedAgainLeavesTheVerdictOpen() {
    Map<String, Tensor> a = new LinkedHashMap<>();
    for (String name : List.of("inputs_embeds", "position_ids", X, O)) {
      a.put(name, right.get(name));
    }
    Map<String, Tensor> b = new LinkedHashMap<>(a);
    b.put(O, of(a.get(O), x -> x + x * x));
    Tensor before = right.get("inputs_embeds");
    double[] sum = b.get(O).toDoubles();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += before.get(i);
    }
    b.put(X, Tensor.ofDoubles(before.shape(), sum).cast(DType.F16));
    Explanation found = systems.explain(a, b, true);
    assertEquals(Conclusion.INCONCLUSIVE, found.verdict());
    SystemStage start = found.unknownStart().orElseThrow();
    assertEquals("b", start.system(), "a follows from its inputs_embeds");
    Replayed.Open open =
        (Replayed.Open) ((SystemStage.Finding.FromEarlier) start.finding()).replayed();
    assertTrue(open.through().contains("layers.0.attn_out"), open.through().toString());
  }

  /**
   * A residual stream in float32 of which rounded copies are stored: a sum has one rounding more
   * than from the copies, of at most half a unit in the last place of a term.
   */
  @Test
  void aResidualStreamInAWiderTypeIsRounding() {
    String stage = "layers.0.hidden";
    Map<String, Tensor> a = new LinkedHashMap<>();
    for (String name : List.of("layers.0.post_attn_hidden", "layers.0.mlp_down", stage)) {
      a.put(name, right.get(name));
    }
    Tensor post = a.get("layers.0.post_attn_hidden");
    double[] sums = a.get("layers.0.mlp_down").toDoubles();
    for (int i = 0; i < sums.length; i++) {
      double half = Format.F16.ulp(Math.abs(post.get(i))) / 2;
      sums[i] += post.get(i) + (i % 3 - 1) * 0.9 * half;
    }
    Map<String, Tensor> b = new LinkedHashMap<>(a);
    b.put(stage, Tensor.ofDoubles(post.shape(), sums).cast(DType.F16));
    Explanation found = systems.explain(a, b, true);
    assertEquals(Status.BOUNDED, stage(found, stage, "b").status());
    assertEquals(Conclusion.ROUNDING, found.verdict());
  }
}
