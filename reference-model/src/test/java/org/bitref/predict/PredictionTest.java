package org.bitref.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bitref.predict.Growth.OfStage;
import org.bitref.predict.Measurement.Sample;
import org.bitref.predict.Prediction.StageDrift;
import org.junit.jupiter.api.Test;

class PredictionTest {
  /** Relative rounding error of a chain of a dozen double operations, with room. */
  private static final double ROUNDING = 1e-13;

  private static Growth growth(double own, double gain, double exponent, double sigma) {
    OfStage hidden = new OfStage(own, gain, 4, 3, exponent, 0, 2);
    return new Growth(Map.of("hidden", hidden), sigma, 20);
  }

  /** Of states of cosine e^(-u²/2): √(2 - 2 cosine). */
  private static double drift(double u) {
    return Math.sqrt(-2 * Math.expm1(-u * u / 2));
  }

  @Test
  void withoutSpreadOwnErrorsAddInSquares() {
    Prediction p = Prediction.of(growth(1e-3, 1, 0, 0), 64, 9, 64, 0);
    for (StageDrift stage : p.stages()) {
      double expected = drift(1e-3 * Math.sqrt(stage.layer() + 1));
      assertEquals(expected, stage.relative(), ROUNDING * expected);
      assertEquals(stage.relative(), stage.low());
      assertEquals(stage.relative(), stage.high());
      assertEquals(2 * stage.relative(), stage.meanAbs());
    }
  }

  @Test
  void gainsMultiplyAndLengthIsAPower() {
    Prediction p = Prediction.of(growth(1e-3, 2, 0.5, 0), 64, 2, 256, 0);
    // sqrt(1 + 2²) of the own error after two layers; four times the tokens to the power 1/2.
    double expected = drift(2 * 1e-3 * Math.sqrt(5));
    assertEquals(expected, p.stages().getLast().relative(), ROUNDING * expected);
  }

  @Test
  void spreadGivesARangeAndTheSeedTheSameOne() {
    Prediction p = Prediction.of(growth(1e-3, 1, 0, 0.2), 64, 4, 64, 5);
    assertEquals(p, Prediction.of(growth(1e-3, 1, 0, 0.2), 64, 4, 64, 5));
    for (StageDrift stage : p.stages()) {
      assertTrue(stage.low() < stage.relative() && stage.relative() < stage.high());
    }
  }

  /** A model whose every layer follows the law exactly, one value per token. */
  private static Measurement model(int layers, int tokens, double own, double gain) {
    List<Sample> samples = new ArrayList<>();
    double before = 0;
    for (int layer = 0; layer < layers; layer++) {
      double u = Math.hypot(own, gain * before);
      samples.add(
          new Sample(
              "hidden",
              layer,
              0,
              drift(drift(u), tokens),
              drift(drift(own), tokens),
              layer == 0 ? Optional.empty() : Optional.of(drift(drift(before), tokens))));
      before = u;
    }
    return new Measurement(layers, tokens, 1, samples);
  }

  private static TokenDrift drift(double r, int tokens) {
    Random random = new Random(tokens);
    double[] squares = new double[tokens];
    double[] reference = new double[tokens];
    double[] absolute = new double[tokens];
    for (int t = 0; t < tokens; t++) {
      double size = 1 + random.nextDouble();
      reference[t] = size * size;
      squares[t] = r * r * size * size;
      absolute[t] = r * size;
    }
    return new TokenDrift(squares, reference, absolute, 1);
  }

  @Test
  void aModelThatFollowsTheLawGivesItBack() {
    Growth growth = Growth.of(model(6, 64, 3e-4, 1.25));
    OfStage hidden = growth.stages().get("hidden");
    // The gain is a difference of squares: at most 1e-15 / (1 - own² / r²) worse than its terms.
    assertEquals(3e-4, hidden.own(), 1e-12 * 3e-4);
    assertEquals(1.25, hidden.gain(), 1e-12);
    assertEquals(0, hidden.exponent(), 1e-12);
    assertTrue(growth.sigma() < 1e-12);
    assertEquals(5 + 4, growth.freedom());
  }

  @Test
  void oneLayerShowsNoSpread() {
    Measurement one = model(6, 64, 3e-4, 1.25).firstLayers(1);
    assertThrows(IllegalArgumentException.class, () -> Growth.of(one));
  }
}
