package org.bitref.loaders.file;

/**
 * Names and texts from files, made fit to be printed: a hostile file must not write to a terminal.
 */
public final class Text {
  private static final int LONGEST = 160;

  private Text() {}

  /** The text in double quotes, as {@link #printable} makes it. */
  public static String quote(String text) {
    return '"' + printable(text) + '"';
  }

  /** The text with control characters as {@code \}{@code u001b} and its middle cut out if long. */
  public static String printable(String text) {
    String shown = text;
    if (text.length() > LONGEST) {
      shown =
          text.substring(0, LONGEST / 2) + " ... " + text.substring(text.length() - LONGEST / 2);
    }
    StringBuilder out = new StringBuilder(shown.length());
    shown.chars().forEach(c -> append(out, (char) c));
    return out.toString();
  }

  private static void append(StringBuilder out, char c) {
    int type = Character.getType(c);
    if (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE) {
      out.append(String.format("\\u%04x", (int) c));
    } else {
      out.append(c);
    }
  }
}
