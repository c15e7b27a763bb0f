package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bitref.cli.compare.StageResult.OwnErrors;
import org.bitref.compare.OwnError;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

class OwnErrorsTest {
  @Test
  void errorsAreInUlpOfTheSidesOwnType() {
    Shape shape = Shape.of(2);
    Tensor exact = Tensor.ofDoubles(shape, 1 + Math.ulp(1f) / 4.0, 8);
    Tensor a = Tensor.ofFloats(shape, 1, 8);
    Tensor b = Tensor.ofFloats(shape, Math.nextUp(1f), 8);
    OwnErrors errors = OwnErrors.of(a, b, Types.of(a, b), exact).orElseThrow();
    assertEquals(0.25, errors.a().maxUlp());
    assertEquals(0.75, errors.b().maxUlp());
    assertEquals(0.25 / Math.sqrt(2), errors.a().rmsUlp(), 1e-15);
    assertEquals("A", errors.nearer());
  }

  @Test
  void anExactZeroDoesNotMakeUlpsOfNoSize() {
    Tensor exact = Tensor.ofDoubles(Shape.of(1), 0);
    Tensor a = Tensor.ofFloats(Shape.of(1), 1);
    OwnError side = OwnError.of(a, exact);
    assertEquals(1 / Math.ulp(1f), side.maxUlp());
  }

  @Test
  void notANumberIsInfinitelyWrongUnlessItIsRight() {
    Tensor nan = Tensor.ofFloats(Shape.of(1), Float.NaN);
    assertEquals(
        Double.POSITIVE_INFINITY, OwnError.of(nan, Tensor.ofDoubles(Shape.of(1), 1)).maxUlp());
    assertEquals(0, OwnError.of(nan, Tensor.ofDoubles(Shape.of(1), Double.NaN)).maxUlp());
  }

  @Test
  void integersHaveNone() {
    Tensor ids = Tensor.ofLongs(Shape.of(1), 1);
    assertTrue(
        OwnErrors.of(ids, ids, Types.of(ids, ids), Tensor.ofDoubles(Shape.of(1), 1)).isEmpty());
  }
}
