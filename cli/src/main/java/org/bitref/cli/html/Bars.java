package org.bitref.cli.html;

import java.util.List;
import org.bitref.cli.console.Markup;
import org.bitref.compare.UlpHistogram.Bucket;

/** Counts as horizontal bars. */
public final class Bars {
  private Bars() {}

  /**
   * Writes them below each other, the longest as wide as there is room.
   *
   * @param heading what the labels are
   */
  public static void write(Markup page, String heading, List<Bucket> bars) {
    long most = Math.max(1, bars.stream().mapToLong(Bucket::count).max().orElse(1));
    page.open("table", "class", "bars");
    page.row("th", heading, "elements", "");
    for (Bucket bar : bars) {
      page.open("tr");
      page.element("td", bar.ulp());
      page.element("td", Long.toString(bar.count()));
      page.open("td");
      page.element("div", "", "class", "bar", "style", "width:" + 100 * bar.count() / most + "%");
      page.close();
      page.close();
    }
    page.close();
  }
}
