package org.bitref.cli.html;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;

/**
 * Sizes along layers or stages as lines over a logarithmic axis. Zeros stand on a line of their own
 * below it; what is not finite stands at the top.
 *
 * @param title for who cannot see it
 * @param across what the points are, as {@code layer}
 * @param names of the points
 * @param series each with a value for every point
 */
public record Curve(String title, String across, List<String> names, List<Series> series) {
  private static final double LEFT = 62;
  private static final double RIGHT = 470;
  private static final double TOP = 12;
  private static final double BOTTOM = 170;
  private static final double ZERO = 188;
  private static final double WIDTH = 480;

  /** A letter is about so wide. */
  private static final double LETTER = 7;

  /** The shapes of the points, in the order of the series. */
  private static final List<String> SHAPES =
      List.of(
          "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
          "m0-5l5 5l-5 5l-5-5z",
          "m-4-4h8v8h-8z",
          "m0-5l5 9h-10z");

  /** The lists are copied. */
  public Curve {
    names = List.copyOf(names);
    series = List.copyOf(series);
  }

  /**
   * A line.
   *
   * @param values one of each point
   * @param band around the line
   */
  public record Series(String name, List<Double> values, Optional<Band> band) {
    /** The list is copied. */
    public Series {
      values = List.copyOf(values);
    }

    /** A line without a band. */
    public static Series of(String name, List<Double> values) {
      return new Series(name, values, Optional.empty());
    }
  }

  /** Where the values may lie. */
  public record Band(List<Double> low, List<Double> high) {
    /** The lists are copied. */
    public Band {
      low = List.copyOf(low);
      high = List.copyOf(high);
    }
  }

  /** The decades of the axis. */
  private record Axis(int least, int most) {
    static Axis of(DoubleStream values) {
      double[] logs = values.filter(Curve::isShown).map(Math::log10).sorted().toArray();
      if (logs.length == 0) {
        return new Axis(-1, 0);
      }
      int least = (int) Math.floor(logs[0]);
      return new Axis(least, (int) Math.max(least + 1, Math.ceil(logs[logs.length - 1])));
    }

    double y(double x) {
      if (!isShown(x)) {
        return x == 0 ? ZERO : TOP;
      }
      return BOTTOM - (BOTTOM - TOP) * (Math.log10(x) - least) / (most - least);
    }
  }

  private static boolean isShown(double x) {
    return x > 0 && Double.isFinite(x);
  }

  private DoubleStream values() {
    return series.stream()
        .flatMapToDouble(
            one ->
                DoubleStream.concat(
                    one.values().stream().mapToDouble(x -> x),
                    one.band().stream()
                        .flatMapToDouble(
                            band ->
                                DoubleStream.concat(
                                    band.low().stream().mapToDouble(x -> x),
                                    band.high().stream().mapToDouble(x -> x)))));
  }

  /** Draws it, and says below what the shapes are. */
  public void write(Markup page) {
    Axis axis = Axis.of(values());
    page.open("svg", "class", "curve", "role", "img", "viewBox", "0 0 480 216");
    page.element("title", title);
    axes(page, axis);
    for (int i = 0; i < series.size(); i++) {
      line(page, axis, i);
    }
    page.close();
    legend(page);
  }

  private void axes(Markup page, Axis axis) {
    int step = Math.max(1, (axis.most() - axis.least() + 5) / 6);
    for (int decade = axis.least(); decade <= axis.most(); decade += step) {
      double y = axis.y(Math.pow(10, decade));
      rule(page, y);
      label(page, "number", LEFT - 6, y + 4, String.format(Locale.ROOT, "1e%+03d", decade));
    }
    if (values().anyMatch(x -> x == 0)) {
      rule(page, ZERO);
      label(page, "number", LEFT - 6, ZERO + 4, "0");
    }
    double free = 0;
    for (int i = 0; i < names.size(); i++) {
      double half = names.get(i).length() * LETTER / 2;
      if (x(i) - half >= free && x(i) + half <= WIDTH) {
        label(page, "side", x(i), 210, names.get(i));
        free = x(i) + half + LETTER;
      }
    }
  }

  private static void rule(Markup page, double y) {
    page.empty(
        "line",
        "class",
        "decade",
        "x1",
        number(LEFT),
        "x2",
        number(RIGHT),
        "y1",
        number(y),
        "y2",
        number(y));
  }

  private static void label(Markup page, String kind, double x, double y, String words) {
    page.element("text", words, "class", kind, "x", number(x), "y", number(y));
  }

  private double x(int i) {
    return LEFT + 8 + (RIGHT - LEFT - 16) * i / Math.max(1, names.size() - 1);
  }

  private void line(Markup page, Axis axis, int which) {
    Series one = series.get(which);
    String kind = "series" + which % SHAPES.size();
    one.band()
        .ifPresent(band -> page.empty("path", "class", "band " + kind, "d", around(axis, band)));
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      path.append(i == 0 ? 'M' : 'L').append(at(axis, i, one.values().get(i)));
    }
    page.empty("path", "class", "line " + kind, "d", path.toString());
    for (int i = 0; i < names.size(); i++) {
      page.open(
          "path",
          "class",
          "point " + kind,
          "d",
          "M" + at(axis, i, one.values().get(i)) + SHAPES.get(which % SHAPES.size()));
      page.element(
          "title",
          "%s %s, %s: %s"
              .formatted(across, names.get(i), one.name(), Numbers.brief(one.values().get(i))));
      page.close();
    }
  }

  private String around(Axis axis, Band band) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      path.append(i == 0 ? 'M' : 'L').append(at(axis, i, band.high().get(i)));
    }
    for (int i = names.size() - 1; i >= 0; i--) {
      path.append('L').append(at(axis, i, band.low().get(i)));
    }
    return path.append('z').toString();
  }

  private String at(Axis axis, int i, double value) {
    return number(x(i)) + " " + number(axis.y(value));
  }

  private void legend(Markup page) {
    page.open("p", "class", "legend");
    page.text("Across: " + across + ". ");
    for (int i = 0; i < series.size(); i++) {
      page.open("span");
      page.open("svg", "class", "key", "viewBox", "-6 -6 12 12");
      int kind = i % SHAPES.size();
      page.empty("path", "class", "point series" + kind, "d", "M0 0" + SHAPES.get(kind));
      page.close();
      page.text(series.get(i).name());
      page.close();
      page.text(" ");
    }
    page.close();
  }

  private static String number(double x) {
    return String.format(Locale.ROOT, "%.1f", x);
  }
}
