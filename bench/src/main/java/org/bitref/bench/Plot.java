package org.bitref.bench;

import java.util.List;
import java.util.Locale;

/** Seconds over size, both logarithmic: a cost that grows linearly is parallel to the dashes. */
final class Plot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 480;
  private static final int LEFT = 60;
  private static final int TOP = 40;
  private static final int COLUMN = 150;

  /** Times at 1/8, 1/4, 1/2 and 1. */
  record Line(String title, double[] seconds) {}

  private Plot() {}

  static String svg(List<String> caption, List<Line> lines) {
    double most = lines.stream().mapToDouble(line -> line.seconds()[3]).max().orElse(1);
    StringBuilder out = new StringBuilder();
    out.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"560\""
            + " font-family=\"sans-serif\" font-size=\"11\">\n");
    for (int i = 0; i < caption.size(); i++) {
      out.append(text(10, 14 + 14 * i, caption.get(i)));
    }
    String[] sizes = {"1/8", "1/4", "1/2", "1"};
    for (int i = 0; i < sizes.length; i++) {
      out.append(text(LEFT + i * COLUMN, TOP + HEIGHT + 16, sizes[i]));
    }
    for (int decade = 0; decade < 6; decade++) {
      double seconds = most / (1 << (2 * decade));
      out.append(text(4, y(seconds, most), String.format(Locale.ROOT, "%.2g s", seconds)));
      out.append(
          path(
              "stroke=\"#bbb\" stroke-dasharray=\"4\"",
              most,
              seconds / 8,
              seconds / 4,
              seconds / 2,
              seconds));
    }
    for (int i = 0; i < lines.size(); i++) {
      String colour = "hsl(" + i * 360 / lines.size() + ",70%,40%)";
      out.append(path("stroke=\"" + colour + "\"", most, lines.get(i).seconds()));
      out.append(
          "<rect x=\""
              + (WIDTH + 5)
              + "\" y=\""
              + (TOP + 16 * i)
              + "\" width=\"10\" height=\"10\""
              + " fill=\""
              + colour
              + "\"/>\n");
      out.append(text(WIDTH + 20, TOP + 9 + 16 * i, lines.get(i).title()));
    }
    return out.append("</svg>\n").toString();
  }

  private static String path(String stroke, double most, double... seconds) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < seconds.length; i++) {
      points.append(LEFT + i * COLUMN).append(',').append(y(seconds[i], most)).append(' ');
    }
    return "<polyline fill=\"none\" "
        + stroke
        + " points=\""
        + points.toString().strip()
        + "\"/>\n";
  }

  /** Twelve halvings from top to bottom. */
  private static int y(double seconds, double most) {
    double halvings = Math.log(most / seconds) / Math.log(2);
    return TOP + (int) Math.round(halvings / 12 * HEIGHT);
  }

  private static String text(int x, int y, String words) {
    return "<text x=\"" + x + "\" y=\"" + y + "\">" + words + "</text>\n";
  }
}
