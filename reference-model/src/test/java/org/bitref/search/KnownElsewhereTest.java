package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.OptionalDouble;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification.Match;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;

/** What recipes known from elsewhere add to a search that found none. */
class KnownElsewhereTest {
  private static final StageRecipe WIDE = recipe("w=16,F=25,acc=f32rz", "f16", "seq");
  private static final StageRecipe SAME = recipe("w=16,F=25,acc=f32rz", "f16", "sliced(q=2,bk=64)");
  private static final StageRecipe NARROW = recipe("w=8,F=25,acc=f32rz", "f16", "seq");
  private static final StageRecipe BRAIN = recipe("w=8,F=25,acc=f32rz", "bf16", "seq");

  private static StageRecipe recipe(String step, String type, String chain) {
    return GemmRecipe.parse(
        "in=%s | fda(%s) | %s | none | none | cvt(%s,rne)".formatted(type, step, chain, type));
  }

  /** 16 terms of 1 each: every order of sums gives 16. */
  private static Captured<?> ones() {
    Tensor x = filled(Shape.of(2, 16), 1);
    return Product.captured(x, x, filled(Shape.of(2, 2), 16));
  }

  private static Tensor filled(Shape shape, double value) {
    TensorBuilder values = new TensorBuilder(DType.F16, shape);
    for (long i = 0; i < shape.elements(); i++) {
      values.set(i, value);
    }
    return values.build();
  }

  private static Identification found(Verdict verdict) {
    Outcome outcome =
        verdict == Verdict.UNEXPLAINED
            ? new Outcome.Unexplained(OptionalDouble.empty())
            : new Outcome.Known(Outcome.Known.Source.GIVEN, verdict);
    return Identification.nothing(outcome, 4, List.of(), List.of(), 9);
  }

  private static Identification with(Verdict verdict, StageRecipe... known) {
    try (Workers workers = new Workers(1)) {
      return StageSearch.orKnown(found(verdict), ones(), List.of(known), Device.UNKNOWN, workers);
    }
  }

  @Test
  void oneFunctionIsIdentified() {
    Identification found = with(Verdict.UNEXPLAINED, BRAIN, WIDE, SAME);
    assertEquals(Verdict.IDENTIFIED, found.verdict());
    assertEquals(List.of(new Match(WIDE, 4)), found.best());
    assertEquals(List.of(SAME), found.same());
  }

  @Test
  void twoFunctionsAreAmbiguous() {
    Identification found = with(Verdict.UNEXPLAINED, SAME, NARROW);
    assertEquals(Verdict.AMBIGUOUS, found.verdict());
    assertEquals(List.of(SAME, NARROW), found.ties().stream().map(Tie::recipe).toList());
  }

  @Test
  void whatWasFoundOrCannotBeToldStays() {
    for (Verdict verdict : List.of(Verdict.IDENTIFIED, Verdict.AMBIGUOUS, Verdict.INCONCLUSIVE)) {
      assertSame(verdict, with(verdict, WIDE).verdict());
    }
    assertEquals(Verdict.UNEXPLAINED, with(Verdict.UNEXPLAINED, BRAIN).verdict());
    assertEquals(List.of(), with(Verdict.UNEXPLAINED, BRAIN).best());
  }
}
