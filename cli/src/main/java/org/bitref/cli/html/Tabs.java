package org.bitref.cli.html;

import org.bitref.cli.console.Markup;

/**
 * Sections of which the page's script shows one at a time, on paper too. Without the script they
 * stand below each other.
 */
public final class Tabs {
  private Tabs() {}

  /** Begins the sections. */
  public static void open(Markup page) {
    page.open("div", "class", "tabs");
  }

  /** Writes a section. */
  public static void section(Markup page, String name, Runnable content) {
    page.open("section");
    page.element("h2", name);
    content.run();
    page.close();
  }
}
