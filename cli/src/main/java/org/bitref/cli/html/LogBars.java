package org.bitref.cli.html;

import java.util.Locale;
import java.util.stream.DoubleStream;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;

/**
 * Sizes of two systems as bars on one logarithmic scale of whole decades: that of A ends in a disc,
 * that of B in a diamond.
 *
 * @param least exponent of ten where bars begin
 * @param most exponent of ten where the scale ends
 */
public record LogBars(int least, int most) {
  private static final double WIDTH = 120;
  private static final double MARGIN = 6;

  /** The scale that holds all of these; zeros and what is not finite have no place on it. */
  public static LogBars of(DoubleStream values) {
    double[] shown = values.filter(LogBars::isShown).map(Math::log10).sorted().toArray();
    if (shown.length == 0) {
      return new LogBars(-1, 0);
    }
    int least = (int) Math.floor(shown[0]) - 1;
    return new LogBars(least, (int) Math.max(least + 1, Math.ceil(shown[shown.length - 1])));
  }

  private static boolean isShown(double x) {
    return x > 0 && Double.isFinite(x);
  }

  /** What the bars' ends mean, in words. */
  public String scale() {
    return String.format(Locale.ROOT, "from 1e%+03d to 1e%+03d, a line each decade", least, most);
  }

  /** Draws both, A above B. */
  public void write(Markup page, double a, double b) {
    page.open("svg", "class", "logbars", "role", "img", "viewBox", "0 0 132 22");
    page.element("title", "A " + Numbers.brief(a) + ", B " + Numbers.brief(b));
    for (int decade = least; decade <= most; decade++) {
      String x = number(x(decade));
      page.empty("line", "class", "decade", "x1", x, "x2", x, "y1", "0", "y2", "22");
    }
    if (isShown(a)) {
      double end = x(Math.log10(a));
      bar(page, "a", end, 4.5);
      page.empty("circle", "class", "a", "cx", number(end), "cy", "6", "r", "4");
    }
    if (isShown(b)) {
      double end = x(Math.log10(b));
      bar(page, "b", end, 14.5);
      page.empty("path", "class", "b", "d", "M%s 11l5 5l-5 5l-5-5z".formatted(number(end)));
    }
    page.close();
  }

  private double x(double log) {
    return MARGIN + WIDTH * (log - least) / (most - least);
  }

  private static void bar(Markup page, String kind, double end, double y) {
    page.empty(
        "rect",
        "class",
        kind,
        "x",
        number(MARGIN),
        "y",
        number(y),
        "width",
        number(end - MARGIN),
        "height",
        "3");
  }

  private static String number(double x) {
    return String.format(Locale.ROOT, "%.1f", x);
  }
}
