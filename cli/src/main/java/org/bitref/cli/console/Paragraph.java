package org.bitref.cli.console;

import org.bitref.Text;

/** Running text broken into lines. */
final class Paragraph {
  private Paragraph() {}

  /** Lines of at most {@link Table#WIDTH} columns, each after {@code indent}; words stay whole. */
  static String of(String text, String indent) {
    StringBuilder lines = new StringBuilder();
    StringBuilder line = new StringBuilder(indent);
    for (String word : Text.line(text).strip().split(" +", -1)) {
      boolean first = line.length() == indent.length();
      if (!first && line.length() + 1 + word.length() > Table.WIDTH) {
        lines.append(line).append('\n');
        line.setLength(indent.length());
        first = true;
      }
      line.append(first ? "" : " ").append(word);
    }
    return lines.append(line).append('\n').toString();
  }
}
