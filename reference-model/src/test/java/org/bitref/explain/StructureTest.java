package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.bitref.compare.Comparer;
import org.bitref.explain.PairStage.ErrorMap;
import org.bitref.explain.PairStage.MeanDifference;
import org.bitref.explain.PairStage.Places;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Maps of 64 tokens and 64 channels in blocks of 8 by 8. */
class StructureTest {
  private static final int SIDE = 64;
  private static final int BLOCK = 8;

  private static PairStage pair(IntToDoubleFunction difference) {
    float[] a = new float[SIDE * SIDE];
    float[] b = new float[SIDE * SIDE];
    double[][] sums = new double[SIDE / BLOCK][SIDE / BLOCK];
    for (int i = 0; i < a.length; i++) {
      a[i] = 1;
      b[i] = (float) (1 + difference.applyAsDouble(i));
      sums[i / SIDE / BLOCK][i % SIDE / BLOCK] += Math.abs(a[i] - b[i]) / (BLOCK * BLOCK);
    }
    List<List<Double>> means = new ArrayList<>();
    for (double[] row : sums) {
      means.add(Arrays.stream(row).boxed().toList());
    }
    Shape shape = Shape.of(SIDE, SIDE);
    return new PairStage(
        "a",
        "b",
        Comparer.compare(Tensor.ofFloats(shape, a), Tensor.ofFloats(shape, b)),
        new MeanDifference(0, 0, SIDE),
        Optional.empty(),
        Optional.empty(),
        new Places(List.of(), List.of(), new ErrorMap(SIDE, SIDE, means)));
  }

  @Test
  void oneChannelThatDiffersIsStructure() {
    assertTrue(Structure.isIn(pair(i -> i % SIDE == 5 ? 0.5 : 0.001)));
  }

  @Test
  void aBlockThatDiffersIsStructure() {
    assertTrue(Structure.isIn(pair(i -> i / SIDE < BLOCK && i % SIDE < BLOCK ? 0.5 : 0)));
  }

  @Test
  void noiseIsNone() {
    SplittableRandom random = new SplittableRandom(1);
    assertFalse(Structure.isIn(pair(_ -> random.nextGaussian())));
  }

  /** One element has all of the difference, and so its block: any block would. */
  @Test
  void aLoneElementIsNone() {
    assertFalse(Structure.isIn(pair(i -> i == 777 ? 0.5 : 0)));
    assertFalse(Structure.isIn(pair(i -> i % 1000 == 777 ? 0.5 : 0)));
  }

  @Test
  void equalTensorsHaveNone() {
    assertFalse(Structure.isIn(pair(_ -> 0)));
  }

  @Test
  void infinitiesInSomeBlocksAreStructure() {
    assertTrue(Structure.isIn(pair(i -> i == 0 ? Double.POSITIVE_INFINITY : 0)));
    assertFalse(Structure.isIn(pair(_ -> Double.POSITIVE_INFINITY)));
  }
}
