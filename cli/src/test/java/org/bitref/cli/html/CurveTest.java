package org.bitref.cli.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.bitref.cli.console.Markup;
import org.junit.jupiter.api.Test;

class CurveTest {
  private static String drawn(Curve.Series... series) {
    Markup page = new Markup();
    new Curve("t", "layer", List.of("0", "1", "2"), List.of(series)).write(page);
    return page.toString();
  }

  @Test
  void equalFactorsAreEqualStepsAndZerosStandBelow() {
    String curve = drawn(Curve.Series.of("s", List.of(0.0, 1e-4, 1e-2)));
    // 70 to 462 across; 1e-4 at the bottom, 1e-2 at the top of two decades; zero on its own line.
    assertTrue(curve.contains("d=\"M70.0 188.0L266.0 170.0L462.0 12.0\""), curve);
    assertTrue(curve.contains(">1e-03</text>") && curve.contains(">0</text>"), curve);
    assertTrue(curve.contains("layer 2, s: 1.00e-02"), curve);
  }

  @Test
  void whatIsNotFiniteStandsAtTheTop() {
    String curve = drawn(Curve.Series.of("s", List.of(1.0, 10.0, Double.POSITIVE_INFINITY)));
    assertTrue(curve.contains("d=\"M70.0 170.0L266.0 12.0L462.0 12.0\""), curve);
  }

  @Test
  void aBandGoesThereAndBack() {
    List<Double> ones = List.of(1.0, 1.0, 1.0);
    List<Double> tens = List.of(10.0, 10.0, 10.0);
    Curve.Band band = new Curve.Band(ones, tens);
    String curve = drawn(new Curve.Series("s", ones, Optional.of(band)));
    String around = "d=\"M70.0 12.0L266.0 12.0L462.0 12.0L462.0 170.0L266.0 170.0L70.0 170.0z\"";
    assertTrue(curve.contains(around), curve);
  }

  @Test
  void barsOfOwnErrorsHaveAShapeForEachSystem() {
    LogBars bars = LogBars.of(DoubleStream.of(0, 1e-3, 1e-2));
    assertEquals(new LogBars(-4, -2), bars);
    Markup page = new Markup();
    bars.write(page, 1e-3, 0);
    String drawn = page.toString();
    // Half of the scale, and nothing for the exact system but its number.
    assertTrue(drawn.contains("<circle class=\"a\" cx=\"66.0\""), drawn);
    assertEquals(-1, drawn.indexOf("class=\"b\""));
    assertTrue(drawn.contains("A 1.00e-03, B 0"), drawn);
  }
}
