package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.NormKernel;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.NormRecipe.Form;
import org.bitref.recipe.NormRecipe.Mean;
import org.bitref.recipe.NormRecipe.Place;
import org.bitref.recipe.NormRecipe.Rsqrt;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.SumOrder;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Norms made by a known recipe are found again. */
class NormSearchTest {
  private static final int ROWS = 40;
  private static final int WIDTH = 160;

  static Stream<NormRecipe> inFloat32() {
    List<NormRecipe> recipes = new ArrayList<>();
    SumOrder lanes = new SumOrder.Lanes(64, 4, 1, 32, false);
    for (Form form : Form.values()) {
      recipes.add(recipe(form, new SumOrder.Cascade(8), Mean.DIV, 1e-6, Place.INSIDE));
      recipes.add(recipe(form, lanes, Mean.MUL, 1e-5, Place.OUTSIDE));
    }
    recipes.add(recipe(Form.GEMMA, lanes, Mean.DIV, 1e-5, Place.INSIDE));
    recipes.add(recipe(Form.F32_WEIGHT, new SumOrder.Sequential(), Mean.DIV, 1e-6, Place.OUTSIDE));
    return recipes.stream();
  }

  private static NormRecipe recipe(Form form, SumOrder sum, Mean mean, double eps, Place place) {
    boolean divides = form == Form.DIV || form == Form.F32_WEIGHT_DIV;
    Optional<Double> own = eps == 1e-6 ? Optional.empty() : Optional.of(eps);
    Rsqrt rsqrt = divides ? Rsqrt.CR : Rsqrt.DIVSQRT;
    return new NormRecipe(
        form, Format.F32, sum, mean, own, place, rsqrt, false, false, Format.F32, Format.F32);
  }

  @ParameterizedTest
  @MethodSource("inFloat32")
  void float32OutputsNameTheVariant(NormRecipe made) {
    Identification found = search(made, DType.F32, 0);
    assertTrue(
        found.verdict() == Verdict.IDENTIFIED || found.verdict() == Verdict.AMBIGUOUS,
        found::toString);
    NormRecipe best = (NormRecipe) found.best().getFirst().recipe();
    assertEquals(inFloat32(made.form()), inFloat32(best.form()));
    assertEquals(made.eps(), best.eps());
    assertEquals(made.place(), best.place());
    if (found.verdict() == Verdict.IDENTIFIED) {
      List<StageRecipe> named = new ArrayList<>(found.same());
      named.add(best);
      assertTrue(named.contains(made), () -> made.text() + " is not among " + named);
    }
  }

  /** Where nothing is rounded in between, rounding before or after the weight is the same. */
  private static Form inFloat32(Form form) {
    return switch (form) {
      case HF -> Form.F32_WEIGHT;
      case DIV -> Form.F32_WEIGHT_DIV;
      default -> form;
    };
  }

  @ParameterizedTest
  @MethodSource("inFloat32")
  void float16OutputsNameTheFormula(NormRecipe wide) {
    NormRecipe made =
        new NormRecipe(
            wide.form(),
            wide.calc(),
            wide.sum(),
            wide.mean(),
            wide.eps(),
            wide.place(),
            wide.rsqrt(),
            false,
            false,
            Format.F16,
            Format.F16);
    Identification found = search(made, DType.F16, 0);
    assertEquals(ROWS * WIDTH, found.best().getFirst().equal());
    List<Form> forms = new ArrayList<>();
    forms.add(((NormRecipe) found.best().getFirst().recipe()).form());
    found.ties().forEach(tie -> forms.add(((NormRecipe) tie.recipe()).form()));
    assertTrue(forms.contains(made.form()), forms::toString);
  }

  @Test
  void roundingEveryStepIsTold() {
    NormRecipe made =
        (NormRecipe)
            StageRecipe.parse("norm(form=hf,sum=exact,mean=mul,rsqrt=divsqrt,low,w=f16,out=f16)");
    Identification found = search(made, DType.F16, 0);
    assertTrue(((NormRecipe) found.best().getFirst().recipe()).low());
  }

  @Test
  void oneWrongOutputIsNotExplained() {
    NormRecipe made = recipe(Form.HF, new SumOrder.Exact(), Mean.DIV, 1e-6, Place.INSIDE);
    Identification found = search(made, DType.F32, 1);
    assertEquals(Verdict.UNEXPLAINED, found.verdict());
    assertEquals(ROWS * WIDTH - 1, found.best().getFirst().equal());
    assertEquals(Verdict.CORRUPT, search(made, DType.F32, 1 << 20).verdict());
  }

  @Test
  void zerosDecideNothing() {
    Tensor zeros = new TensorBuilder(DType.F32, Shape.of(2, 8)).build();
    Tensor weight = Tensor.ofFloats(Shape.of(8), 1, 1, 1, 1, 1, 1, 1, 1);
    try (Workers workers = new Workers(1)) {
      Identification found =
          StageSearch.identify(Norm.captured(zeros, weight, 1e-6, zeros), workers);
      assertEquals(Verdict.INCONCLUSIVE, found.verdict());
    }
  }

  /**
   * Searches for a norm of random rows.
   *
   * @param steps by how many representable numbers the output in the middle is moved
   */
  private static Identification search(NormRecipe made, DType dtype, int steps) {
    Random random = new Random(5);
    // Small values: with a mean square near eps, eps and its place matter in 16 bits too.
    Tensor x = random(random, dtype, 0, 0.004, Shape.of(ROWS, WIDTH));
    Tensor weight = random(random, dtype, 1, 0.3, Shape.of(WIDTH));
    try (Workers workers = new Workers(2)) {
      Tensor y = new NormKernel(made, 1e-6).run(x, weight, x.shape(), workers);
      Captured<Norm> norm = Norm.captured(x, weight, 1e-6, moved(y, steps));
      return Diagnosed.of(StageSearch.identify(norm, workers), norm, workers);
    }
  }

  private static Tensor moved(Tensor y, int steps) {
    TensorBuilder moved = new TensorBuilder(y.dtype(), y.shape());
    moved.copy(0, y, 0, y.elements());
    moved.setBits(y.elements() / 2, y.bits(y.elements() / 2) + steps);
    return moved.build();
  }

  private static Tensor random(
      Random random, DType dtype, double mean, double spread, Shape shape) {
    TensorBuilder builder = new TensorBuilder(dtype, shape);
    for (long i = 0; i < shape.elements(); i++) {
      builder.set(i, mean + spread * random.nextGaussian());
    }
    return builder.build();
  }
}
