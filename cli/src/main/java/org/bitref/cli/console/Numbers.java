package org.bitref.cli.console;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as text, the same in every locale. */
public final class Numbers {
  private Numbers() {}

  /** Three significant digits: {@code 1.23e-05}; a zero is {@code 0}. */
  public static String brief(double x) {
    if (x == 0 || !Double.isFinite(x)) {
      return special(x);
    }
    return String.format(Locale.ROOT, "%.2e", x);
  }

  /** The shortest text that reads back to the same double. */
  public static String exact(double x) {
    return Double.isFinite(x) && x != 0 ? Double.toString(x) : special(x);
  }

  private static String special(double x) {
    if (Double.isNaN(x)) {
      return "NaN";
    }
    if (Double.isInfinite(x)) {
      return x > 0 ? "inf" : "-inf";
    }
    return Double.doubleToRawLongBits(x) == 0 ? "0" : "-0";
  }

  /** A part of a whole in percent, rounded down: only the whole itself is {@code 100}. */
  public static String percent(long part, long whole) {
    if (part == whole) {
      return "100";
    }
    return BigDecimal.valueOf(part)
        .multiply(BigDecimal.valueOf(100))
        .divide(BigDecimal.valueOf(whole), 2, RoundingMode.DOWN)
        .toPlainString();
  }

  /** A cosine to seven digits. */
  public static String cosine(double x) {
    return Double.isFinite(x) ? String.format(Locale.ROOT, "%.7f", x) : special(x);
  }

  /** A distance in ULP: {@code 17}, {@code 3.2e+09}; infinite for {@link Long#MAX_VALUE}. */
  public static String ulps(long distance) {
    if (distance == Long.MAX_VALUE) {
      return "inf";
    }
    return distance < 1_000_000
        ? Long.toString(distance)
        : String.format(Locale.ROOT, "%.1e", (double) distance);
  }

  /** A count of bytes with a binary unit. */
  public static String bytes(long n) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double value = n;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? n + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }

  /** A duration in seconds to a tenth. */
  public static String seconds(double s) {
    return String.format(Locale.ROOT, "%.1f s", s);
  }

  /** {@code 1 tensor}, {@code 2 tensors}. */
  public static String count(long n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }
}
