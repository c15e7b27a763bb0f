package org.bitref.cli.console;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bitref.Text;

/**
 * A text in GitHub's Markdown, to paste into an issue. Foreign text is escaped: no name makes a
 * heading, a table or an element of it.
 */
public final class Markdown {
  /** What begins markup anywhere, at the end of a word, or at the beginning of a line. */
  private static final Pattern SPECIAL =
      Pattern.compile("[\\\\`*<>\\[\\]|~&$#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[-+=]");

  private static final Pattern TICKS = Pattern.compile("`+");

  private final StringBuilder text = new StringBuilder();

  /** A heading of the third level, as fits inside an issue. */
  public void heading(String words) {
    block("### " + escape(words));
  }

  /** Running text. */
  public void paragraph(String words) {
    block(escape(words));
  }

  /** Running text after words in bold. */
  public void paragraph(String bold, String words) {
    block("**" + escape(bold) + "** " + escape(words));
  }

  /** Points of a list. */
  public void list(List<String> points) {
    points.forEach(point -> text.append("- ").append(escape(point)).append('\n'));
    text.append('\n');
  }

  /** A table with its headings. */
  public void table(Table<?> table) {
    List<List<String>> lines = table.cells();
    row(lines.getFirst());
    text.append("|").append(" --- |".repeat(lines.getFirst().size())).append('\n');
    lines.subList(1, lines.size()).forEach(this::row);
    text.append('\n');
  }

  private void row(List<String> cells) {
    text.append(
        cells.stream().map(Markdown::escape).collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  /** Lines as they are, in a fixed pitch. */
  public void code(String lines) {
    String inside = Text.lines(lines);
    int ticks = TICKS.matcher(inside).results().mapToInt(m -> m.group().length()).max().orElse(0);
    String fence = "`".repeat(Math.max(3, ticks + 1));
    block(fence + "\n" + inside.stripTrailing() + "\n" + fence);
  }

  /** What is folded up under a line until somebody opens it. */
  public void folded(String summary, Runnable content) {
    block("<details><summary>" + escape(summary) + "</summary>");
    content.run();
    block("</details>");
  }

  private void block(String lines) {
    text.append(lines).append("\n\n");
  }

  private static String escape(String words) {
    return SPECIAL.matcher(Text.line(words)).replaceAll("\\\\$0");
  }

  @Override
  public String toString() {
    return text.toString().stripTrailing() + "\n";
  }
}
