package org.bitref.replay;

import java.util.Arrays;
import java.util.List;
import org.bitref.numerics.Format;

/**
 * How large rounding errors of a replayed stage are, by examples: the same computation with every
 * stage rounded as it is stored. The mean square error of a value is taken to be that of its token
 * times that of its channel over that of all, and at least that of one rounding of the value.
 *
 * @param variance [tokens][width]
 * @param example the errors of the first example, in units of their expected size
 */
record Noise(Rows variance, Rows example) {
  static Noise of(Rows exact, List<Rows> rounded, Format format) {
    double[] byToken = new double[exact.tokens()];
    double[] byChannel = new double[exact.width()];
    for (Rows one : rounded) {
      for (int i = 0; i < one.values().length; i++) {
        double error = one.values()[i] - exact.values()[i];
        double square = error * error / rounded.size();
        byToken[i / exact.width()] += square / exact.width();
        byChannel[i % exact.width()] += square / exact.tokens();
      }
    }
    double all = Arrays.stream(byToken).sum() / exact.tokens();
    Rows variance = Rows.zeros(exact.tokens(), exact.width());
    for (int i = 0; i < exact.values().length; i++) {
      double ulp = format.ulp(Math.abs(exact.values()[i]));
      double expected =
          all == 0 ? 0 : byToken[i / exact.width()] * byChannel[i % exact.width()] / all;
      variance.values()[i] = Math.max(expected, ulp * ulp / 12);
    }
    return new Noise(variance, weighed(rounded.getFirst().plus(1, -1, exact), variance));
  }

  /** Errors over their expected size. */
  Rows weighed(Rows error) {
    return weighed(error, variance);
  }

  private static Rows weighed(Rows error, Rows variance) {
    double[] out = new double[error.values().length];
    for (int i = 0; i < out.length; i++) {
      out[i] = error.values()[i] / Math.sqrt(variance.values()[i]);
    }
    return new Rows(error.tokens(), error.width(), out);
  }
}
