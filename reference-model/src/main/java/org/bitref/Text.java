package org.bitref;

import java.util.HexFormat;

/**
 * Text of others, such as names in files, made fit to be shown. What could steer a terminal, hide,
 * or turn the order in which text is read becomes {@code \}{@code u001b}: controls, formats (of
 * direction, of no width), separators of lines and paragraphs, half surrogate pairs, and what
 * Unicode does not assign. In a string of JSON the same text still stands for the same data.
 */
public final class Text {
  private static final int NAME = 160;
  private static final HexFormat HEX = HexFormat.of();

  private Text() {}

  /** The text in double quotes, as {@link #printable(String)} makes it. */
  public static String quote(String text) {
    return '"' + printable(text) + '"';
  }

  /** A name within a sentence: on one line, its middle cut out if long. */
  public static String printable(String text) {
    return printable(text, NAME);
  }

  /** One line of about {@code longest} characters at most; of a longer one both ends are kept. */
  public static String printable(String text, int longest) {
    String whole = line(text);
    int half = longest / 2;
    return whole.length() <= longest
        ? whole
        : line(whole.substring(0, half) + " ... " + whole.substring(whole.length() - half));
  }

  /** The whole text on one line. */
  public static String line(String text) {
    return escape(text, false);
  }

  /** The whole text, its line feeds and tabs kept: for what holds lines of ours. */
  public static String lines(String text) {
    return escape(text, true);
  }

  private static String escape(String text, boolean lines) {
    StringBuilder out = null;
    int width;
    for (int at = 0; at < text.length(); at += width) {
      int c = text.codePointAt(at);
      width = Character.charCount(c);
      if (isShown(c) || (lines && (c == '\n' || c == '\t'))) {
        if (out != null) {
          out.appendCodePoint(c);
        }
        continue;
      }
      if (out == null) {
        out = new StringBuilder(text.length() + 16).append(text, 0, at);
      }
      for (int i = at; i < at + width; i++) {
        out.append("\\u").append(HEX.toHexDigits(text.charAt(i)));
      }
    }
    return out == null ? text : out.toString();
  }

  private static boolean isShown(int c) {
    if (c >= ' ' && c < 0x7F) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
