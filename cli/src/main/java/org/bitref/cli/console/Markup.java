package org.bitref.cli.console;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bitref.Text;

/**
 * Markup that reads alike as HTML and as XML: all text is escaped and every element is closed.
 * Attributes are given as names and values in turn.
 */
public final class Markup {
  private final StringBuilder markup = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Opens an element. */
  public void open(String tag, String... attributes) {
    start(tag, attributes);
    markup.append('>');
    open.push(tag);
  }

  /** Closes the element opened last. */
  public void close() {
    markup.append("</").append(open.pop()).append(">\n");
  }

  /** An element that holds a text of one line. */
  public void element(String tag, String text, String... attributes) {
    block(tag, Text.line(text), attributes);
  }

  /** An element that holds lines. */
  public void block(String tag, String lines, String... attributes) {
    start(tag, attributes);
    markup.append('>').append(escape(Text.lines(lines))).append("</").append(tag).append('>');
  }

  /** An element that cannot hold anything, such as {@code meta} or a shape of a drawing. */
  public void empty(String tag, String... attributes) {
    start(tag, attributes);
    markup.append("/>");
  }

  /** A text of one line inside the element opened last. */
  public void text(String text) {
    markup.append(escape(Text.line(text)));
  }

  private void start(String tag, String... attributes) {
    markup.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      markup.append(' ').append(attributes[i]).append("=\"");
      markup.append(escape(Text.line(attributes[i + 1]))).append('"');
    }
  }

  /** Opens a table with these headings; {@link #closeTable} ends it. */
  public void openTable(String... headings) {
    open("div", "class", "wide");
    open("table");
    open("thead");
    row("th", headings);
    close();
    open("tbody");
  }

  /** A row of cells, {@code td} or {@code th}. */
  public void row(String tag, String... cells) {
    open("tr");
    for (String cell : cells) {
      element(tag, cell);
    }
    close();
  }

  /** Ends a table. */
  public void closeTable() {
    close();
    close();
    close();
  }

  /**
   * The markup.
   *
   * @throws IllegalStateException if an element is still open
   */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return markup.toString();
  }

  /** A text that markup takes for nothing but text; {@link Text} escaped what XML cannot hold. */
  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
