package org.bitref.cli.console;

import org.bitref.Text;

/** Running text broken into lines. */
final class Paragraph {
  private final StringBuilder lines = new StringBuilder();
  private final StringBuilder line;
  private final String indent;

  private Paragraph(String indent) {
    this.indent = indent;
    this.line = new StringBuilder(indent);
  }

  /**
   * Lines of at most {@link Table#WIDTH} columns, each after {@code indent}. Words stay whole, but
   * for a recipe that is longer than a line: it is broken behind commas, where its grammar allows
   * blanks.
   */
  static String of(String text, String indent) {
    Paragraph paragraph = new Paragraph(indent);
    for (String word : Text.line(text).strip().split(" +", -1)) {
      boolean recipe = indent.length() + word.length() > Table.WIDTH && word.contains("(");
      String before = " ";
      for (String part : recipe ? word.split("(?<=,)", -1) : new String[] {word}) {
        paragraph.add(before, part);
        before = "";
      }
    }
    return paragraph.lines.append(paragraph.line).append('\n').toString();
  }

  /** Adds a word, with what stands before it unless it begins a line. */
  private void add(String before, String word) {
    boolean first = line.length() == indent.length();
    if (!first && line.length() + before.length() + word.length() > Table.WIDTH) {
      lines.append(line).append('\n');
      line.setLength(indent.length());
      first = true;
    }
    line.append(first ? "" : before).append(word);
  }
}
