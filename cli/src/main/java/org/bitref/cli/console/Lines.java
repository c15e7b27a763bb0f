package org.bitref.cli.console;

import org.bitref.Text;

/**
 * The lines of a result for people. Foreign text in a line neither ends it nor steers a terminal.
 */
public final class Lines {
  private final StringBuilder text = new StringBuilder();

  /** Adds one line. */
  public void line(String line) {
    text.append(Text.line(line)).append('\n');
  }

  /** Adds an empty line. */
  public void blank() {
    text.append('\n');
  }

  /** Adds running text, see {@link Paragraph}. */
  public void paragraph(String words) {
    paragraph(words, "");
  }

  /** Adds running text whose lines begin with {@code indent}. */
  public void paragraph(String words, String indent) {
    block(Paragraph.of(words, indent));
  }

  /** Adds a table. */
  public void table(Table<?> table) {
    block(table.toString());
  }

  /** Adds whole lines in which every line feed is ours: a script, a file of rules. */
  public void block(String lines) {
    text.append(Text.lines(lines));
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
