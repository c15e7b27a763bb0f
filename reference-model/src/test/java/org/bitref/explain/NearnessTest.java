package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.compare.Comparer;
import org.bitref.compare.OwnError;
import org.bitref.explain.Nearness.Group;
import org.bitref.explain.OwnErrors.Nearer;
import org.bitref.explain.PairStage.Cause;
import org.bitref.explain.PairStage.ErrorMap;
import org.bitref.explain.PairStage.MeanDifference;
import org.bitref.explain.PairStage.Places;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.operation.OperationKind;
import org.bitref.search.Identification;
import org.bitref.search.Outcome;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

class NearnessTest {
  private static SystemStage system(String name, OperationKind kind) {
    Identification nothing =
        Identification.nothing(new Outcome.NotSearched(), 2, List.of(), List.of(), 0);
    return new SystemStage(
        name,
        DType.F32,
        new Finding.Reproduced(Optional.empty()),
        Set.of(),
        Optional.empty(),
        Optional.of(
            new Recomputed(kind, nothing, List.of(), new OwnError(0, 0, 0), Optional.empty(), 0)));
  }

  private static StageReport report(
      String stage, OperationKind kind, Optional<OwnErrors> own, Optional<Cause> cause, float by) {
    Tensor left = Tensor.ofFloats(Shape.of(2), 1, 2);
    Tensor right = Tensor.ofFloats(Shape.of(2), 1, 2 + by);
    PairStage pair =
        new PairStage(
            "a",
            "b",
            Comparer.compare(left, right),
            new MeanDifference(by, 0, 2),
            cause,
            own,
            new Places(List.of(), List.of(), new ErrorMap(2, 1, List.of())));
    return new StageReport(stage, List.of(system("a", kind), system("b", kind)), List.of(pair));
  }

  private static Both both(String stage, OperationKind kind, double a, double b, double error) {
    return report(stage, kind, Optional.of(new OwnErrors(a, b, error)), Optional.empty(), 1)
        .both("a", "b")
        .orElseThrow();
  }

  @Test
  void meansWithinTwoStandardErrorsAreATie() {
    assertEquals(Nearer.A, new OwnErrors(1, 1.25, 0.12).nearer());
    assertEquals(Nearer.SAME, new OwnErrors(1, 1.25, 0.13).nearer());
    assertEquals(Nearer.B, new OwnErrors(1.25, 1, 0.12).nearer());
    assertEquals(Nearer.SAME, new OwnErrors(0, 0, 0).nearer());
    // A single row has no standard error: what is smaller is nearer.
    assertEquals(Nearer.A, new OwnErrors(1, 1.25, Double.NaN).nearer());
    assertEquals(Nearer.SAME, new OwnErrors(1, 1, Double.NaN).nearer());
  }

  /** A stage of values a thousand times as large has no more say than another. */
  @Test
  void aGroupsFactorIsThatOfItsStages() {
    List<Nearness> groups =
        Nearness.of(
            List.of(
                both("layers.0.q_proj", OperationKind.PRODUCT, 1, 3, 0.1),
                both("layers.0.input_ln", OperationKind.NORM, 2, 2, 0.1),
                both("layers.0.k_proj", OperationKind.PRODUCT, 1000, 3000, 100)));
    assertEquals(
        List.of(Group.NORMS, Group.PRODUCTS), groups.stream().map(Nearness::group).toList());
    assertEquals(Nearer.SAME, groups.getFirst().nearer());
    Nearness products = groups.getLast();
    assertEquals(List.of("layers.0.q_proj", "layers.0.k_proj"), products.stages());
    assertEquals(Nearer.A, products.nearer());
    assertEquals(-0.5, products.balance());
    assertEquals(3.0, products.factor());
    // Two errors of 0.1 / 4 each, independent: their mean has 1 / sqrt(2) of one.
    assertEquals(0.025 / Math.sqrt(2), products.standardError(), 1e-15);
  }

  @Test
  void besideExactResultsTheFactorIsInfinite() {
    Nearness copies =
        Nearness.of(List.of(both("kv.0.k", OperationKind.CAST, 0.5, 0, 0.1))).getFirst();
    assertEquals(Group.ELEMENT_WISE, copies.group());
    assertEquals(Nearer.B, copies.nearer());
    assertEquals(Double.POSITIVE_INFINITY, copies.factor());
  }

  @Test
  void whatIsExactInBothOrOverflowsTellsNothing() {
    double infinite = Double.POSITIVE_INFINITY;
    assertEquals(
        List.of(),
        Nearness.of(
            List.of(
                both("layers.0.q_proj", OperationKind.PRODUCT, 0, 0, 0),
                both("layers.0.mlp_mul", OperationKind.MUL, infinite, 1, Double.NaN),
                report("layers.0.hidden", OperationKind.ADD, Optional.empty(), Optional.empty(), 1)
                    .both("a", "b")
                    .orElseThrow())));
  }

  private static Optional<Cause> cause(double own, double inherited, double gain) {
    double total = Math.hypot(own, inherited);
    return Optional.of(
        new Cause(total, own, inherited, total, Optional.of(gain), Optional.of(gain)));
  }

  /** What enlarges by a tenth or more amplifies; the largest own difference adds. */
  @Test
  void aChainTellsWhatAmplifiesAndWhatAdds() {
    Optional<OwnErrors> own = Optional.of(new OwnErrors(1, 1, 1));
    List<StageReport> stages =
        List.of(
            report("layers.0.q_proj", OperationKind.PRODUCT, own, cause(3, 0, 9), 1),
            report("layers.0.k_proj", OperationKind.PRODUCT, own, cause(1, 1, 1.09), 1),
            report("layers.0.v_proj", OperationKind.PRODUCT, own, cause(2, 1, 1.1), 1),
            report("layers.0.o_proj", OperationKind.PRODUCT, own, cause(1, 2, 1.5), 1));
    Chain chain = Chain.all(List.of("a", "b"), stages).getFirst();
    assertEquals(Optional.of("layers.0.q_proj"), chain.start());
    assertEquals(
        List.of("layers.0.o_proj", "layers.0.v_proj"),
        chain.amplifiers().stream().map(Chain.Amplifier::stage).toList());
    Chain.Source adds = chain.adds().orElseThrow();
    assertEquals("layers.0.v_proj", adds.stage());
    assertEquals(0.8, adds.share(), 1e-15);
    assertEquals(2, adds.relative(), 1e-15);
  }

  @Test
  void equalSystemsHaveAChainWithoutAStart() {
    List<StageReport> stages =
        List.of(
            report(
                "layers.0.q_proj", OperationKind.PRODUCT, Optional.empty(), Optional.empty(), 0));
    Chain chain = Chain.all(List.of("a", "b"), stages).getFirst();
    assertTrue(chain.start().isEmpty() && chain.firstDifference().isEmpty());
    assertTrue(chain.amplifiers().isEmpty() && chain.adds().isEmpty());
  }
}
