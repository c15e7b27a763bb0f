package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.compare.StoredBits;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two systems that follow known recipes, and what is said of them. */
class ExplainerTest {
  private static final String FLOAT = "hf-cuda-f16-eager";
  private static final String HALF = "tensorrt-f16-strong";
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
        Status expected = stage.name().startsWith("rope.") ? Status.BRIDGED : Status.REPRODUCED;
        assertEquals(
            expected, system.status(), () -> stage.name() + " of " + system.system() + system);
      }
    }
    assertEquals(Conclusion.ROUNDING, explanation.verdict());
    assertTrue(explanation.inputs().allEqual());
  }

  @Test
  void theStartIsTheFirstProductAndTheAdviceFloat32() {
    Chain chain = explanation.chain();
    assertEquals("layers.0.q_proj", chain.start());
    String change = answer(chain, "What to change?");
    assertTrue(change.startsWith("b: cast the MatMul's inputs to FP32"), change);
    String cause = answer(chain, "What explains it?");
    assertTrue(cause.contains("a: float32 accumulator"), cause);
    assertTrue(cause.contains("b: float16 accumulator"), cause);
  }

  private static String answer(Chain chain, String question) {
    return chain.answers().stream()
        .filter(answer -> answer.question().equals(question))
        .findFirst()
        .orElseThrow()
        .answer();
  }

  /** a - b is the difference of own errors plus what is inherited; checked on the squares' sum. */
  @Test
  void ownAndInheritedMakeTheDifference() {
    for (StageReport stage : explanation.stages()) {
      PairStage pair = stage.pair("a", "b");
      PairStage.Cause cause = pair.cause();
      if (cause == null) {
        continue;
      }
      double rms = rms(a.get(stage.name()), b.get(stage.name()));
      assertEquals(rms, cause.total(), 1e-12 * rms, stage.name());
      assertTrue(cause.total() <= (cause.own() + cause.inherited()) * (1 + 1e-12), stage.name());
      assertTrue(Math.abs(cause.own() - cause.inherited()) <= cause.total() * (1 + 1e-12));
    }
    PairStage.Cause first = stage(explanation, "layers.0.input_ln").pair("a", "b").cause();
    assertEquals(0, first.inherited());
    assertNull(first.gain());
    PairStage.Cause rope = stage(explanation, "layers.0.q_rope").pair("a", "b").cause();
    assertNotNull(rope.gain());
    // A rotation keeps lengths: what it inherits neither grows nor shrinks.
    assertEquals(1, rope.gain(), 0.01);
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
    PairStage pair = stage(explanation, "layers.0.q_proj").pair("a", "b");
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
    double shares = pair.tokens().stream().mapToDouble(PairStage.Share::share).sum();
    assertTrue(shares > 3.0 / rows && shares < 1, () -> pair.tokens().toString());
  }

  @Test
  void theErrorThatASystemInheritsIsNoneAtTheStart() {
    SystemStage start = stage(explanation, "layers.0.input_ln").system("b");
    assertEquals(0, start.inheritedError().meanAbs());
    SystemStage later = stage(explanation, "layers.0.q_norm").system("b");
    assertTrue(later.inheritedError().meanAbs() > later.ownError().meanAbs());
  }

  @Test
  void equalSystemsAreEqual() {
    Explanation same = systems.explain(a, new LinkedHashMap<>(a), false);
    assertEquals(Conclusion.EQUAL, same.verdict());
    assertNull(same.chain().start());
    assertEquals(1, same.equal().size());
  }

  @Test
  void aSwappedOperandIsCorrupt() {
    Map<String, Tensor> wrong = new LinkedHashMap<>(b);
    // The gate was multiplied before its activation.
    wrong.put("layers.0.mlp_mul", b.get("layers.0.gate_proj"));
    Explanation found = systems.explain(a, wrong, false);
    assertEquals(Conclusion.CORRUPT, found.verdict());
    assertEquals(Status.CORRUPT, stage(found, "layers.0.mlp_mul").system("b").status());
    assertEquals(Status.REPRODUCED, stage(found, "layers.0.mlp_act").system("b").status());
    assertTrue(found.reason().startsWith("layers.0.mlp_mul of b"), found.reason());
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
    assertEquals(Conclusion.CORRUPT, found.verdict());
    SystemStage attention = stage(found, "layers.0.attn_out").system("b");
    assertTrue(attention.reason().contains("scale"), attention.reason());
    assertEquals(Status.REPRODUCED, stage(found, "layers.0.attn_out").system("a").status());
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
    String answer = answer(found.chain(), "Did both start from the same?");
    assertTrue(answer.startsWith("No: unequal are inputs_embeds"), answer);
  }

  @Test
  void withoutWeightsProductsAreBridged() {
    Explanation found = systems.explain(a, b, false);
    SystemStage product = stage(found, "layers.0.q_proj").system("a");
    assertEquals(Status.BRIDGED, product.status());
    assertTrue(product.reason().contains("--model"), product.reason());
    assertNull(product.ownError());
    assertNull(stage(found, "layers.0.q_proj").pair("a", "b").cause());
    assertEquals(Status.REPRODUCED, stage(found, "layers.0.mlp_act").system("a").status());
  }

  @Test
  void systemsOfOneFileShareTheirInputs() {
    Map<String, Tensor> file = new LinkedHashMap<>();
    file.put("in.hidden", a.get("layers.0.input_hidden"));
    file.put("w.input_ln", systems.weights().weight("layers.0.input_layernorm.weight"));
    file.put("trt.v10.input_ln", b.get("layers.0.input_ln"));
    file.put("torch.input_ln", a.get("layers.0.input_ln"));
    file.put("in.rows", Tensor.ofLongs(Shape.of(1), 0));
    Capture capture = Capture.of(List.of(TensorSource.of("f", file)), Optional.empty());
    assertEquals(
        List.of("torch", "trt.v10"),
        capture.systems().stream().map(CapturedSystem::name).sorted().toList());
    assertEquals(List.of("layers.0.input_ln"), capture.stages());
  }

  @Test
  void oneSystemIsNotEnough() {
    BadInputException e =
        assertThrows(
            BadInputException.class,
            () -> Capture.of(List.of(TensorSource.of("a", a)), Optional.empty()));
    assertTrue(e.getMessage().contains("holds 1 system(s)"), e.getMessage());
  }

  @Test
  void anUnknownSystemIsNamedWithThoseThereAre() {
    Capture capture =
        Capture.of(List.of(TensorSource.of("a", a), TensorSource.of("b", b)), Optional.empty());
    BadInputException e =
        assertThrows(
            BadInputException.class,
            () -> Explainer.explain(capture, List.of("a", "c"), null, stage -> {}));
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
   * A norm that is stored in float16 and handed on in float32. Many recipes give what is stored; of
   * them the one is named from whose own result the product follows.
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
      Tensor handedOn = stage.operation().run(StageSpace.unrounded(norm).orElseThrow(), workers);
      Shape rows = Shape.of(x.elements() / w.shape().dim(1), w.shape().dim(1));
      Tensor product =
          Kernels.gemm(Presets.GEMM.get("ort-cpu").recipe())
              .multiply(handedOn.reshape(rows), w, GemmOperands.NONE, workers)
              .cast(DType.F16);
      file.put("in.hidden", x.reshape(rows));
      file.put("w.input_ln", weight);
      file.put("w.q_proj", w);
      for (String system : List.of("one", "other")) {
        file.put(system + ".input_ln", stored.reshape(rows));
        file.put(system + ".q_proj", product);
      }
      Capture capture = Capture.of(List.of(TensorSource.of("f", file)), Optional.empty());
      Explanation found = Explainer.explain(capture, List.of(), workers, name -> {});
      SystemStage projected = stage(found, "layers.0.q_proj").system("one");
      assertEquals(Status.REPRODUCED, projected.status(), projected::reason);
      assertEquals(List.of("layers.0.input_ln"), projected.unrounded());
      SystemStage normed = stage(found, "layers.0.input_ln").system("one");
      assertTrue(normed.reason().contains("explains layers.0.q_proj"), normed.reason());
      assertTrue(normed.identification().ties().size() > 10, normed.reason());
      StageRecipe named = normed.identification().best().getFirst().recipe();
      assertEquals(named, normed.identification().ties().getFirst().recipe());
      Tensor again = stage.operation().run(StageSpace.unrounded(named).orElseThrow(), workers);
      assertEquals(handedOn.elements(), StoredBits.equal(handedOn, again), named::text);
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
    Capture capture = Capture.of(List.of(TensorSource.of("f", file)), Optional.empty());
    try (Workers workers = new Workers(1)) {
      Explanation found = Explainer.explain(capture, List.of(), workers, stage -> {});
      assertEquals(
          Status.REPRODUCED, stage(found, "layers.0.post_attn_hidden").system("x").status());
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
