package org.bitref.cli.html;

import java.util.List;
import java.util.stream.DoubleStream;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;

/**
 * Numbers of a grid as shades: equal steps of the logarithm from the smallest to the largest; zeros
 * stay blank.
 */
public final class HeatMap {
  private static final int SHADES = 9;

  private final List<List<Double>> values;
  private final double least;
  private final double most;

  /**
   * @param values rows from the top, all of one length
   */
  public HeatMap(List<List<Double>> values) {
    this.values = values;
    this.least = shown().min().orElse(1);
    this.most = shown().max().orElse(1);
  }

  private DoubleStream shown() {
    return values.stream().flatMap(List::stream).mapToDouble(x -> x).filter(HeatMap::isShade);
  }

  private static boolean isShade(double x) {
    return x > 0 && Double.isFinite(x);
  }

  /** The shade of a value: 0 for a zero, {@link #SHADES} for the largest and what is beyond. */
  private int shade(double x) {
    if (!isShade(x)) {
      return x == 0 ? 0 : SHADES;
    }
    double part = most == least ? 1 : Math.log(x / least) / Math.log(most / least);
    return Math.clamp((int) (part * SHADES) + 1, 1, SHADES);
  }

  /**
   * Draws the grid, and its scale below it.
   *
   * @param title for who cannot see it
   * @param unit of the values
   */
  public void write(Markup page, String title, String unit) {
    int columns = values.getFirst().size();
    page.open(
        "svg",
        "class",
        "heat",
        "role",
        "img",
        "preserveAspectRatio",
        "none",
        "viewBox",
        "0 0 " + columns + " " + values.size());
    page.element("title", title);
    for (int shade = 1; shade <= SHADES; shade++) {
      String cells = cells(shade);
      if (!cells.isEmpty()) {
        page.empty("path", "class", "shade" + shade, "d", cells);
      }
    }
    page.close();
    scale(page, unit);
  }

  /** Cells of one shade; neighbours in a row are one rectangle. */
  private String cells(int shade) {
    StringBuilder path = new StringBuilder();
    for (int row = 0; row < values.size(); row++) {
      List<Double> line = values.get(row);
      int column = 0;
      while (column < line.size()) {
        int end = column;
        while (end < line.size() && shade(line.get(end)) == shade) {
          end++;
        }
        if (end > column) {
          path.append('M').append(column).append(' ').append(row);
          path.append('h').append(end - column).append("v1H").append(column).append('z');
        }
        column = Math.max(end, column + 1);
      }
    }
    return path.toString();
  }

  private void scale(Markup page, String unit) {
    page.open("p", "class", "scale");
    page.element("span", Numbers.brief(least));
    page.open("svg", "viewBox", "0 0 " + SHADES + " 1", "preserveAspectRatio", "none");
    for (int shade = 1; shade <= SHADES; shade++) {
      page.empty("path", "class", "shade" + shade, "d", "M" + (shade - 1) + " 0h1v1h-1z");
    }
    page.close();
    page.element("span", Numbers.brief(most));
    page.close();
    boolean zeros = values.stream().flatMap(List::stream).anyMatch(x -> x == 0);
    page.element(
        "p", "Shade: " + unit + ", logarithmic" + (zeros ? "; blank: 0." : "."), "class", "note");
  }
}
