package org.bitref.cli.html;

import java.util.Map;
import org.bitref.cli.console.Markup;

/** Where data came from. */
public final class Origin {
  private static final int SHORT = 200;

  private Origin() {}

  /** What a file says about itself. */
  public static void metadata(Markup page, Map<String, String> metadata) {
    if (metadata.isEmpty()) {
      page.element("p", "The file says nothing about itself.");
      return;
    }
    page.open("dl");
    metadata.keySet().stream()
        .sorted()
        .forEach(
            key -> {
              page.element("dt", key);
              page.open("dd");
              value(page, metadata.get(key));
              page.close();
            });
    page.close();
  }

  private static void value(Markup page, String value) {
    if (value.length() <= SHORT) {
      page.text(value);
      return;
    }
    page.open("details");
    page.element("summary", value.length() + " characters");
    page.block("pre", value);
    page.close();
  }
}
