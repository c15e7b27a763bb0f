package org.bitref.cli.html;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.bitref.cli.console.Markup;

/** A whole page around what a command has to say. */
public final class Page {
  private Page() {}

  /** A page that needs no other file, and whose script only sorts tables and turns tabs. */
  public static String of(String title, Markup body) {
    Markup head = new Markup();
    head.empty("meta", "charset", "utf-8");
    head.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    head.element("title", title);
    Markup ends = new Markup();
    ends.element("h1", title);
    Markup footer = new Markup();
    footer.element("footer", Facts.versions());
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        + head
        + "\n<style>\n"
        + resource("page.css")
        + "</style>\n</head>\n<body>\n"
        + ends
        + body
        + footer
        + "\n<script>\n"
        + resource("page.js")
        + "</script>\n</body>\n</html>\n";
  }

  /** The verdict of a report, in the colour of its kind. */
  public static void verdict(Markup page, String kind, String sentence) {
    page.element("p", sentence, "class", "verdict " + kind);
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
