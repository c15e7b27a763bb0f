package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.compare.StoredBits;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Pointwise;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Tie;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.bitref.tensor.Widened;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two systems that follow known recipes, and what is said of them. */
class ExplainerTest {
  private static final String FLOAT = "hf-cuda-f16-eager";
  private static final String HALF = "tensorrt-10.6-strong";
  private static TwoSystems systems;
  private static Map<String, Tensor> a;
  private static Map<String, Tensor> b;
  private static Explanation explanation;

  @BeforeAll
  static void explain() {
    systems = new TwoSystems();
    a = systems.run(FLOAT);
    b = systems.run(HALF);
    explanation = systems.explain(a, b, true);
  }

  private static StageReport stage(Explanation of, String name) {
    return of.stages().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void everyStageIsReproducedAndTheWholeIsRounding() {
    for (StageReport stage : explanation.stages()) {
      for (SystemStage system : stage.systems()) {
        Status expected = stage.name().startsWith("rope.") ? Status.BOUNDED : Status.REPRODUCED;
        assertEquals(
            expected, system.status(), () -> stage.name() + " of " + system.system() + system);
      }
    }
    assertEquals(Conclusion.ROUNDING, explanation.verdict());
    assertTrue(explanation.inputs().allEqual());
  }

  @Test
  void theStartIsTheFirstProductWithItsTwoAccumulators() {
    assertEquals(Optional.of("layers.0.q_proj"), explanation.chain().start());
    StageReport start = stage(explanation, "layers.0.q_proj");
    assertEquals(Format.F32, accumulator(start.system("a").orElseThrow()));
    assertEquals(Format.F16, accumulator(start.system("b").orElseThrow()));
  }

  private static Format accumulator(SystemStage product) {
    return ((GemmRecipe) product.recipe().orElseThrow()).inner().format();
  }

  private static PairStage pair(StageReport stage) {
    return stage.both("a", "b").orElseThrow().pair();
  }

  private static SystemStage system(Explanation of, String stage, String system) {
    return stage(of, stage).system(system).orElseThrow();
  }

  private static SystemStage.Recomputed recomputed(Explanation of, String stage, String system) {
    return system(of, stage, system).recomputed().orElseThrow();
  }

  /** a - b is the difference of own errors plus what is inherited; checked on the squares' sum. */
  @Test
  void ownAndInheritedMakeTheDifference() {
    for (StageReport stage : explanation.stages()) {
      if (pair(stage).cause().isEmpty()) {
        continue;
      }
      PairStage.Cause cause = pair(stage).cause().get();
      double rms = rms(a.get(stage.name()), b.get(stage.name()));
      assertEquals(rms, cause.total(), 1e-12 * rms, stage.name());
      assertTrue(cause.total() <= (cause.own() + cause.inherited()) * (1 + 1e-12), stage.name());
      assertTrue(Math.abs(cause.own() - cause.inherited()) <= cause.total() * (1 + 1e-12));
    }
    PairStage.Cause first = pair(stage(explanation, "layers.0.input_ln")).cause().orElseThrow();
    assertEquals(0, first.inherited());
    assertTrue(first.gain().isEmpty());
    PairStage.Cause rope = pair(stage(explanation, "layers.0.q_rope")).cause().orElseThrow();
    // A rotation keeps lengths: what it inherits neither grows nor shrinks.
    assertEquals(1, rope.gain().orElseThrow(), 0.01);
  }

  private static double rms(Tensor x, Tensor y) {
    double squares = 0;
    for (long i = 0; i < x.elements(); i++) {
      squares += (x.get(i) - y.get(i)) * (x.get(i) - y.get(i));
    }
    return Math.sqrt(squares / x.elements());
  }

  @Test
  void theMeanOfRowsHasTheStandardErrorOfTheirMean() {
    PairStage pair = pair(stage(explanation, "layers.0.q_proj"));
    Tensor x = a.get("layers.0.q_proj");
    Tensor y = b.get("layers.0.q_proj");
    int rows = x.shape().intDim(1);
    int columns = x.shape().intDim(2);
    double[] means = new double[rows];
    double mean = 0;
    for (int i = 0; i < rows * columns; i++) {
      means[i / columns] += Math.abs(x.get(i) - y.get(i)) / columns;
      mean += Math.abs(x.get(i) - y.get(i)) / (rows * columns);
    }
    double variance = 0;
    for (double row : means) {
      variance += (row - mean) * (row - mean) / (rows - 1);
    }
    assertEquals(rows, pair.mean().rows());
    assertEquals(mean, pair.mean().mean(), 1e-12 * mean);
    assertEquals(Math.sqrt(variance / rows), pair.mean().standardError(), 1e-9 * mean);
    double shares = pair.places().tokens().stream().mapToDouble(PairStage.Share::share).sum();
    assertTrue(shares > 3.0 / rows && shares < 1, () -> pair.places().tokens().toString());
  }

  @Test
  void theErrorThatASystemInheritsIsNoneAtTheStart() {
    SystemStage.Recomputed start = recomputed(explanation, "layers.0.input_ln", "b");
    assertEquals(0, start.inheritedError().orElseThrow().meanAbs());
    SystemStage.Recomputed later = recomputed(explanation, "layers.0.q_norm", "b");
    assertTrue(later.inheritedError().orElseThrow().meanAbs() > later.ownError().meanAbs());
  }

  @Test
  void equalSystemsAreEqual() {
    Explanation same = systems.explain(a, new LinkedHashMap<>(a), false);
    assertEquals(Conclusion.EQUAL, same.verdict());
    assertEquals(Optional.empty(), same.chain().start());
    assertEquals(1, same.equal().size());
  }

  /** A dump in float32 of the same numbers: nothing differs, and it is said. */
  @Test
  void valuesInAWiderTypeAreTakenInTheirOwn() {
    Map<String, Tensor> wide = new LinkedHashMap<>(a);
    wide.replaceAll((name, t) -> t.dtype() == DType.F16 ? t.cast(DType.F32) : t);
    Explanation found = systems.explain(a, wide, false);
    assertEquals(Conclusion.EQUAL, found.verdict());
    assertEquals(Set.of(), found.systems().getFirst().widened());
    assertEquals(Set.of(new Widened(DType.F32, DType.F16)), found.systems().getLast().widened());
    assertEquals(Status.REPRODUCED, system(found, "layers.0.mlp_mul", "b").status());
  }

  /** Queries of a float16 model that go through bfloat16 are what they were rounded to. */
  @Test
  void aCastToAShorterTypeIsNamedAndReproduced() {
    String epilogue = "cvt(f16,rne);cvt(bf16,rne);cvt(f16,rne)";
    GemmRecipe plain = Presets.GEMM.get("cublas-f16").recipe();
    String rule = "layers\\.0\\.q_proj = " + plain.text().replace("cvt(f16,rne)", epilogue) + "\n";
    ModelRecipe recipe = ModelRecipe.parse("cast", rule + Recipes.model(FLOAT).text());
    Explanation found = systems.explain(a, systems.run(recipe), true);
    assertEquals(Conclusion.ROUNDING, found.verdict());
    assertEquals(List.of(), found.systems().getFirst().casts());
    assertEquals(
        List.of(new Cast(new Widened(DType.F16, DType.BF16), List.of("layers.0.q_proj"))),
        found.systems().getLast().casts());
    SystemStage product = system(found, "layers.0.q_proj", "b");
    assertEquals(Status.REPRODUCED, product.status());
    assertTrue(product.recipe().orElseThrow().text().endsWith(epilogue), product::toString);
  }

  /** One kernel for silu and product: silu is stored, and the product takes it unrounded. */
  @Test
  void aFusedGateIsReproduced() {
    Map<String, Tensor> fused = new LinkedHashMap<>(a);
    try (Workers workers = new Workers(1)) {
      StageRecipe silu = Recipes.model(FLOAT).of("layers.0.mlp_act");
      Tensor act =
          new Pointwise(PointRecipe.Kind.SILU, a.get("layers.0.gate_proj"), Optional.empty())
              .run(StageSpace.unrounded(silu).orElseThrow(), workers);
      Tensor mul =
          new Pointwise(PointRecipe.Kind.MUL, act, Optional.of(a.get("layers.0.up_proj")))
              .run(Recipes.model(FLOAT).of("layers.0.mlp_mul"), workers);
      assertTrue(StoredBits.equal(mul, a.get("layers.0.mlp_mul")) < mul.elements());
      fused.put("layers.0.mlp_mul", mul);
    }
    Explanation found = systems.explain(a, fused, false);
    assertEquals(Status.REPRODUCED, system(found, "layers.0.mlp_mul", "b").status());
    assertEquals(
        List.of("layers.0.mlp_act"), recomputed(found, "layers.0.mlp_mul", "b").unrounded());
  }

  @Test
  void aSwappedOperandIsCorrupt() {
    Map<String, Tensor> wrong = new LinkedHashMap<>(b);
    // The gate was multiplied before its activation.
    wrong.put("layers.0.mlp_mul", b.get("layers.0.gate_proj"));
    Explanation found = systems.explain(a, wrong, false);
    assertEquals(Conclusion.CORRUPT, found.verdict());
    assertEquals(Status.CORRUPT, system(found, "layers.0.mlp_mul", "b").status());
    assertEquals(Status.REPRODUCED, system(found, "layers.0.mlp_act", "b").status());
    assertEquals(1, found.count(Status.CORRUPT));
  }

  /** Queries scaled twice: the keys of the same layer, and scores too small by the factor. */
  @Test
  void aScaleAppliedTwiceIsNamed() {
    Map<String, Tensor> wrong = new LinkedHashMap<>(a);
    TensorBuilder scaled =
        new TensorBuilder(a.get("layers.0.q_rope").dtype(), a.get("layers.0.q_rope").shape());
    for (long i = 0; i < a.get("layers.0.q_rope").elements(); i++) {
      scaled.set(i, a.get("layers.0.q_rope").get(i) / Math.sqrt(32));
    }
    Tensor out =
        new Captured<>(
                new Attention(scaled.build(), a.get("kv.0.k"), a.get("kv.0.v"), Optional.empty()),
                a.get("layers.0.attn_out"))
            .operation()
            .run(Recipes.model(FLOAT).of("layers.0.attn_out"), new Workers(1));
    wrong.put("layers.0.attn_out", out);
    Explanation found = systems.explain(a, wrong, false);
    assertEquals(Conclusion.OTHER_FUNCTION, found.verdict());
    SystemStage attention = system(found, "layers.0.attn_out", "b");
    assertEquals(
        Set.of(new OtherFunction.Scale(1 / 32.0, 1 / Math.sqrt(32))), attention.function());
    assertEquals(
        Status.BOUNDED,
        system(found, "layers.0.attn_out", "a").status(),
        "no recipe is searched where functions differ");
  }

  @Test
  void unequalInputsAreNotBlamedOnAProduct() {
    TwoSystems other = new TwoSystems();
    Map<String, Tensor> left = other.run(FLOAT);
    other.changePrompt();
    Map<String, Tensor> right = other.run(FLOAT);
    Explanation found = other.explain(left, right, false);
    assertEquals(Conclusion.INCONCLUSIVE, found.verdict());
    assertFalse(found.inputs().allEqual());
    Preflight.Check unequal =
        found.inputs().checks().stream().filter(c -> !c.allEqual()).findFirst().orElseThrow();
    assertEquals("inputs_embeds", unequal.input());
  }

  @Test
  void withoutWeightsProductsCannotBeComputedAgain() {
    Explanation found = systems.explain(a, b, false);
    SystemStage product = system(found, "layers.0.q_proj", "a");
    assertEquals(Status.INPUT_NOT_CAPTURED, product.status());
    assertEquals(new Finding.Unbound(Gap.Other.WEIGHT), product.finding());
    assertTrue(product.recomputed().isEmpty());
    assertTrue(pair(stage(found, "layers.0.q_proj")).cause().isEmpty());
    assertEquals(Status.REPRODUCED, system(found, "layers.0.mlp_act", "a").status());
  }

  @Test
  void systemsOfOneFileShareTheirInputs() {
    Map<String, Tensor> file = new LinkedHashMap<>();
    file.put("in.hidden", a.get("layers.0.input_hidden"));
    file.put("w.input_ln", systems.weights().weight("layers.0.input_layernorm.weight"));
    file.put("trt.v10.input_ln", b.get("layers.0.input_ln"));
    file.put("torch.input_ln", a.get("layers.0.input_ln"));
    file.put("in.rows", Tensor.ofLongs(Shape.of(1), 0));
    Capture capture = Capture.of(Dumps.of(List.of(TensorSource.of("f", file))), Optional.empty());
    assertEquals(
        List.of("torch", "trt.v10"),
        capture.systems().stream().map(Capture.CapturedSystem::name).sorted().toList());
    assertEquals(List.of("layers.0.input_ln"), capture.stages());
  }

  @Test
  void oneSystemIsNotEnough() {
    BadInputException e =
        assertThrows(
            BadInputException.class,
            () -> Capture.of(Dumps.of(List.of(TensorSource.of("a", a))), Optional.empty()));
    assertTrue(e.getMessage().contains("holds 1 system(s)"), e.getMessage());
  }

  @Test
  void anUnknownSystemIsNamedWithThoseThereAre() {
    Capture capture =
        Capture.of(
            Dumps.of(List.of(TensorSource.of("a", a), TensorSource.of("b", b))), Optional.empty());
    BadInputException e =
        assertThrows(
            BadInputException.class,
            () -> Explainer.explain(capture, List.of("a", "c"), List.of(), null, stage -> {}));
    assertTrue(e.getMessage().contains("It holds: "), e.getMessage());
  }

  @Test
  void anotherSampleIsRefused() {
    Map<String, Tensor> shorter = new LinkedHashMap<>(b);
    Tensor y = b.get("layers.0.mlp_act");
    shorter.put("layers.0.mlp_act", y.reshape(Shape.of(24, 96)).rows(0, 12));
    assertThrows(BadInputException.class, () -> systems.explain(a, shorter, false));
  }

  /**
   * A norm that is stored in float16 and read in float32. Many recipes give what is stored; of them
   * the one is named from whose own result the product follows.
   */
  @Test
  void theProductTellsWhichOfTheNormsThatFitItIs() {
    StageRecipe norm =
        StageRecipe.parse("norm(form=f32_weight_div,calc=f32,sum=seq,rsqrt=cr,w=f16,out=f16)");
    Tensor x = a.get("layers.0.input_hidden");
    Tensor weight = systems.weights().weight("layers.0.input_layernorm.weight").cast(DType.F16);
    Tensor w = systems.weights().weight("layers.0.self_attn.q_proj.weight").cast(DType.F16);
    Map<String, Tensor> file = new LinkedHashMap<>();
    try (Workers workers = new Workers(2)) {
      Captured<?> stage = Norm.captured(x, weight, 1e-6, x);
      Tensor stored = stage.operation().run(norm, workers);
      Tensor unrounded = stage.operation().run(StageSpace.unrounded(norm).orElseThrow(), workers);
      Shape rows = Shape.of(x.elements() / w.shape().dim(1), w.shape().dim(1));
      Tensor product =
          Kernels.gemm(Presets.GEMM.get("ort-cpu").recipe())
              .multiply(unrounded.reshape(rows), w, GemmOperands.NONE, workers)
              .cast(DType.F16);
      file.put("in.hidden", x.reshape(rows));
      file.put("w.input_ln", weight);
      file.put("w.q_proj", w);
      for (String system : List.of("one", "other")) {
        file.put(system + ".input_ln", stored.reshape(rows));
        file.put(system + ".q_proj", product);
      }
      Capture capture = Capture.of(Dumps.of(List.of(TensorSource.of("f", file))), Optional.empty());
      Explanation found = Explainer.explain(capture, List.of(), List.of(), workers, name -> {});
      SystemStage projected = system(found, "layers.0.q_proj", "one");
      assertEquals(Status.REPRODUCED, projected.status(), projected::toString);
      assertEquals(List.of("layers.0.input_ln"), projected.recomputed().orElseThrow().unrounded());
      SystemStage normed = system(found, "layers.0.input_ln", "one");
      assertEquals(new Finding.Reproduced(Optional.of("layers.0.q_proj")), normed.finding());
      List<Tie> ties = normed.recomputed().orElseThrow().search().ties();
      assertTrue(ties.size() > 10, ties::toString);
      StageRecipe named = normed.recipe().orElseThrow();
      assertEquals(named, ties.getFirst().recipe());
      Tensor again = stage.operation().run(StageSpace.unrounded(named).orElseThrow(), workers);
      assertEquals(unrounded.elements(), StoredBits.equal(unrounded, again), named::text);
    }
  }

  /** Half of the columns of a whole tensor, taken from both ends as captures do. */
  @Test
  void sampledColumnsAreFound() {
    Map<String, Tensor> file = new LinkedHashMap<>();
    file.put("in.hidden", a.get("layers.0.input_hidden"));
    for (String name : List.of("x", "y")) {
      Map<String, Tensor> of = name.equals("x") ? a : b;
      file.put(name + ".o_proj", ends(of.get("layers.0.o_proj"), 8));
      file.put(name + ".post_attn_hidden", ends(of.get("layers.0.post_attn_hidden"), 8));
    }
    Capture capture = Capture.of(Dumps.of(List.of(TensorSource.of("f", file))), Optional.empty());
    try (Workers workers = new Workers(1)) {
      Explanation found = Explainer.explain(capture, List.of(), List.of(), workers, stage -> {});
      assertEquals(Status.REPRODUCED, system(found, "layers.0.post_attn_hidden", "x").status());
    }
  }

  private static Tensor ends(Tensor whole, int each) {
    int width = whole.shape().intDim(-1);
    int rows = Math.toIntExact(whole.elements() / width);
    TensorBuilder part = new TensorBuilder(whole.dtype(), Shape.of(rows, 2L * each));
    for (int row = 0; row < rows; row++) {
      part.copy(2L * each * row, whole, (long) row * width, each);
      part.copy(2L * each * row + each, whole, (long) (row + 1) * width - each, each);
    }
    return part.build();
  }
}
