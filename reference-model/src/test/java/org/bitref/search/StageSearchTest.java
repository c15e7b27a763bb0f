package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.Workers;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Operation;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Rotation;
import org.bitref.recipe.BySize;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stages made by a known recipe are found again; wrong ones are not. */
class StageSearchTest {
  private static final String ATTENTION =
      "attention(score=f16,calc=f32,exp=cuda,sum=torchsoftmax(f16),p=f16,qk=";
  private static final String EIGHT =
      "(in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne))";
  private static final String TENSORRT =
      "attention(score=f16,factor=f16,calc=f32,step=f16,exp=cuda,sum=halves(8),quotient=rcp,p=f16,"
          + "qk=";
  private static final String HALF =
      "(in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | none | none | cvt(f16,rne))";
  private static final String REST =
      "(in=f16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=1,g=8,residue=first,bk=64)"
          + " | partial=f32,order=fwd,add=f32rne | cvt(f16,rne))";
  private static final String ODD_QK =
      "(in=f16 | fda(w=8,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne))";
  private static final String ODD_PV =
      "(in=f16 | fda(w=8,F=25,acc=f32rz) | seq | splitk(s=1,g=8,residue=first,bk=32)"
          + " | partial=f32,order=fwd,add=f32rne | cvt(f16,rne))";

  private final Random random = new Random(11);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "silu(calc=f32,exp=sleef,out=f16)",
        "silu(calc=f32,exp=cuda,form=mul,out=f16)",
        "silu(calc=f32,exp=cuda,form=low,out=f16)",
        "silu(calc=f32,exp=cuda,out=f32)",
        "silu(calc=f32,exp=fast,out=f32)",
        "silu(calc=f64,out=bf16)",
        "rope(form=hf,calc=f32,out=f16)",
        "rope(form=edge,calc=f32,out=f16)",
        "rope(form=half_fma,calc=f32,out=f16)",
        "rope(form=edge_fma,calc=f32,out=f32)",
        "add(calc=f32,out=bf16)",
        "mul(calc=f32,out=f16)",
        ATTENTION + EIGHT + ",pv=" + EIGHT + ")",
        ATTENTION + EIGHT + ",pv=" + REST + ")",
        ATTENTION + ODD_QK + ",pv=" + ODD_PV + ")",
        TENSORRT + EIGHT + ",pv=" + HALF + ")"
      })
  void theRecipeIsFound(String text) {
    assertFound(StageRecipe.parse(text));
  }

  /** The scale on q is no part of the table: variants have the products of every length. */
  @Test
  void productsOfATableAreFoundUnderAnotherScale() {
    String table = new BySize("torch-eager-f16").candidates().getFirst().text();
    assertFound(StageRecipe.parse(table.replace("score=f16,", "score=f16,scale=q,")));
  }

  private void assertFound(StageRecipe made) {
    try (Workers workers = new Workers(2)) {
      Captured<?> stage = stage(made, workers);
      Identification found = StageSearch.identify(stage, workers);
      assertEquals(stage.y().elements(), found.best().getFirst().equal(), found::toString);
      List<StageRecipe> named = new ArrayList<>(found.same());
      named.add(found.best().getFirst().recipe());
      found.ties().forEach(tie -> named.add(tie.recipe()));
      assertTrue(named.contains(made), named::toString);
      assertEquals(
          found.ties().isEmpty() ? Verdict.IDENTIFIED : Verdict.AMBIGUOUS, found.verdict());
    }
  }

  /** Both formats hold every intermediate result of 16-bit operands, so this is one class. */
  @Test
  void aSumOfTwoHalvesIsIdentified() {
    StageRecipe made = StageRecipe.parse("add(calc=f32,out=f16)");
    try (Workers workers = new Workers(1)) {
      Identification found = StageSearch.identify(stage(made, workers), workers);
      assertEquals(Verdict.IDENTIFIED, found.verdict());
      assertEquals(List.of(StageRecipe.parse("add(calc=f64,out=f16)")), found.same());
    }
  }

  @Test
  void aTieNamesAnInputThatPartsIt() {
    StageRecipe made = StageRecipe.parse("silu(calc=f32,exp=cuda,out=f16)");
    Tensor x = Tensor.ofShorts(DType.F16, Shape.of(3), (short) 0x381A, (short) 0x3C00, (short) 0);
    try (Workers workers = new Workers(1)) {
      Tensor y = pointwise(PointRecipe.Kind.SILU, x, x, x).operation().run(made, workers);
      Identification found =
          StageSearch.identify(
              new Captured<>(new Pointwise(PointRecipe.Kind.SILU, x, Optional.empty()), y),
              workers);
      assertEquals(Verdict.AMBIGUOUS, found.verdict());
      assertTrue(
          found.ties().stream().skip(1).allMatch(tie -> tie.input() instanceof Tie.Point),
          found.ties()::toString);
    }
  }

  @Test
  void anotherFunctionIsCorrupt() {
    StageRecipe made = StageRecipe.parse("silu(calc=f32,out=f16)");
    try (Workers workers = new Workers(1)) {
      Captured<?> silu = stage(made, workers);
      Tensor x = silu.operation().inputs().getFirst();
      // The gated product put where the activation belongs.
      Tensor y =
          pointwise(PointRecipe.Kind.MUL, x, x, x)
              .operation()
              .run(StageRecipe.parse("mul(calc=f32,out=f16)"), workers);
      Captured<?> wrong =
          new Captured<>(new Pointwise(PointRecipe.Kind.SILU, x, Optional.empty()), y);
      Identification found = Diagnosed.of(StageSearch.identify(wrong, workers), wrong, workers);
      assertEquals(Verdict.CORRUPT, found.verdict());
      assertTrue(found.outcome() instanceof Diagnosed.Outside, found.outcome()::toString);
    }
  }

  private static Captured<?> pointwise(PointRecipe.Kind kind, Tensor a, Tensor b, Tensor y) {
    boolean unary = kind == PointRecipe.Kind.SILU;
    return new Captured<>(new Pointwise(kind, a, unary ? Optional.empty() : Optional.of(b)), y);
  }

  /** Under the function that made them outputs are found, under another they are not. */
  @Test
  void theFunctionIsCarriedAlong() {
    StageRecipe made =
        StageRecipe.parse(
            "attention(score=f16,scale=q,calc=f32,exp=cuda,sum=torchsoftmax(f16),p=f16,"
                + "qk=(in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)),"
                + "pv=(in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)))");
    try (Workers workers = new Workers(2)) {
      Attention plain = (Attention) stage(made, workers).operation();
      Attention other =
          plain.withFunction(
              plain.function().withWindow(9).withSoftcap(3).withSinks(List.of(-1., 0., 1., 2.)));
      Tensor y = other.run(made, workers);
      Identification found = StageSearch.identify(new Captured<>(other, y), workers);
      assertEquals(Verdict.IDENTIFIED, found.verdict(), found::toString);
      assertEquals(y.elements(), found.best().getFirst().equal());
      Identification none = StageSearch.identify(new Captured<>(plain, y), workers);
      assertEquals(Verdict.UNEXPLAINED, none.verdict());
    }
  }

  /** A stage of random inputs that this recipe made. */
  private Captured<?> stage(StageRecipe made, Workers workers) {
    DType dtype = DType.of(made.output());
    Operation blank =
        switch (made) {
          case PointRecipe point -> {
            boolean unary = point.kind() == PointRecipe.Kind.SILU;
            Tensor a = random(dtype, 64, 128);
            Tensor b = random(dtype, 64, 128);
            yield new Pointwise(point.kind(), a, unary ? Optional.empty() : Optional.of(b));
          }
          case RopeRecipe _ -> {
            Tensor x = random(dtype, 1, 64, 2, 64);
            yield new Rotation(x, random(dtype, 1, 64, 64), random(dtype, 1, 64, 64));
          }
          default -> {
            Tensor q = random(dtype, 1, 4, 40, 32);
            Tensor k = random(dtype, 1, 2, 40, 32);
            yield new Attention(q, k, random(dtype, 1, 2, 40, 32), Optional.empty());
          }
        };
    return new Captured<>(blank, blank.run(made, workers));
  }

  private Tensor random(DType dtype, long... dims) {
    TensorBuilder builder = new TensorBuilder(dtype, Shape.of(dims));
    for (long i = 0; i < Shape.of(dims).elements(); i++) {
      builder.set(i, 1.5 * random.nextGaussian());
    }
    return builder.build();
  }
}
