package org.bitref.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.predict.Growth.OfStage;
import org.bitref.predict.Prediction.StageDrift;
import org.junit.jupiter.api.Test;

class ReachTest {
  private static final Measurement FOUR = new Measurement(4, 64, 1, List.of());

  private static Growth growth(double gain, double exponentError, double sigma) {
    OfStage hidden = new OfStage(1e-3, gain, 4, 3, 0, exponentError, 1);
    return new Growth(Map.of("hidden", hidden), sigma, 40);
  }

  private static Prediction predict(Growth growth, int layers, int tokens) {
    return Prediction.of(growth, 64, layers, tokens, 0);
  }

  private static boolean says(Prediction p, int layer) {
    StageDrift state = p.stages().get(layer);
    return Math.log(state.high() / state.relative())
        <= Math.log(Math.sqrt(2) / state.relative()) / 2;
  }

  @Test
  void noDriftExceedsThatOfUnrelatedStates() {
    // A gain of 10 a layer makes 10^200 of it, which is beyond any double times itself.
    Prediction p = predict(growth(10, 0, 0.2), 200, 64);
    for (StageDrift stage : p.stages()) {
      assertTrue(stage.high() <= Math.sqrt(2), stage.toString());
      assertTrue(stage.low() <= stage.relative() && stage.relative() <= stage.high());
      assertTrue(0 <= stage.cosine() && stage.cosine() <= 1, stage.toString());
    }
    StageDrift last = p.stages().getLast();
    assertEquals(
        new StageDrift("hidden", 199, Math.sqrt(2), Math.sqrt(2), Math.sqrt(2), Math.sqrt(2), 0),
        last);
  }

  @Test
  void aCertainLawCarriesToAnyDepth() {
    Growth certain = growth(1.25, 0, 0);
    Reach reach = Reach.of(certain, FOUR, predict(certain, 30, 64), 0);
    assertEquals(new Reach(30, Optional.empty(), Optional.empty()), reach);
  }

  @Test
  void itEndsWhereTheRangeLeavesLessThanHalfOfWhatIsPossible() {
    Growth growth = growth(1.1, 0, 0.05);
    Prediction p = predict(growth, 36, 64);
    Reach reach = Reach.of(growth, FOUR, p, 0);
    assertTrue(0 < reach.layers() && reach.layers() < 36, reach.toString());
    for (int layer = 0; layer < reach.layers(); layer++) {
      assertTrue(says(p, layer), "layer " + layer);
    }
    assertTrue(!says(p, reach.layers()), reach.toString());
    // What is said to be enough is enough; one layer less is not.
    int needed = reach.neededLayers().orElseThrow();
    Measurement more = new Measurement(needed, 64, 1, List.of());
    Growth then = growth.withLayers(needed);
    assertEquals(36, Reach.of(then, more, predict(then, 36, 64), 0).layers());
    Growth less = growth.withLayers(needed - 1);
    assertTrue(Reach.of(less, FOUR, predict(less, 36, 64), 0).layers() < 36);
    assertEquals(Optional.empty(), reach.neededPrompts());
  }

  @Test
  void layersThatDifferTooMuchAreNotCarriedByAnyNumber() {
    Growth wild = growth(1.25, 0, 1.5);
    Reach reach = Reach.of(wild, FOUR, predict(wild, 36, 64), 0);
    assertTrue(reach.layers() < 36);
    assertEquals(Optional.empty(), reach.neededLayers());
  }

  @Test
  void anUncertainGrowthWithLengthAsksForPrompts() {
    Growth growth = growth(1, 1, 0);
    Prediction p = predict(growth, 4, 4096);
    Reach reach = Reach.of(growth, FOUR, p, 0);
    assertEquals(0, reach.layers());
    int prompts = reach.neededPrompts().orElseThrow();
    Growth then = growth.withPrompts(prompts, 1);
    assertEquals(4, Reach.of(then, FOUR, predict(then, 4, 4096), 0).layers());
    Growth less = growth.withPrompts(prompts - 1, 1);
    assertTrue(Reach.of(less, FOUR, predict(less, 4, 4096), 0).layers() < 4);
  }

  @Test
  void bothScalesBelongTogether() {
    for (double r : new double[] {0, 1e-12, 1e-3, 0.1, 1, 1.4}) {
      // Some ten roundings, and near √2 a cosine that is a difference: 1 - 1.4²/2 = 1/50.
      assertEquals(r, Limit.drift(Limit.unbounded(r, 1 << 20)), 10 * 50 * 0x1p-53 * r);
    }
    assertEquals(0.5, Limit.cosine(Limit.unbounded(1, 1 << 20)), 10 * 0x1p-53);
    // Values that have nothing in common, or are opposite, count as far as can be told from that.
    assertEquals(0x1p-10, Limit.cosine(Limit.unbounded(2, 1 << 20)), 20 * 0x1p-53);
  }
}
