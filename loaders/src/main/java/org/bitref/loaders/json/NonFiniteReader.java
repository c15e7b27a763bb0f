package org.bitref.loaders.json;

import java.io.IOException;
import java.io.Reader;

/**
 * Spells nan and inf outside of strings as the one such word that Jackson reads without a sign,
 * character for character, so that positions stay: NaN, and a blank for the sign before it.
 */
final class NonFiniteReader extends Reader {
  private final Reader in;
  private boolean inString;
  private boolean escaped;

  /** Letters of nan or inf that have passed. */
  private int letters;

  NonFiniteReader(Reader in) {
    this.in = in;
  }

  @Override
  public int read(char[] into, int from, int length) throws IOException {
    int n = in.read(into, from, length - 1);
    // A sign and the letter after it must be seen together.
    if (n > 0 && into[from + n - 1] == '-') {
      n += Math.max(0, in.read(into, from + n, 1));
    }
    for (int i = from; i < from + n; i++) {
      into[i] = inString ? string(into[i]) : spelled(into[i]);
      if (letters == 1 && i > from && into[i - 1] == '-') {
        into[i - 1] = ' ';
      }
    }
    return n;
  }

  private char string(char c) {
    inString = escaped || c != '"';
    escaped = !escaped && c == '\\';
    return c;
  }

  private char spelled(char c) {
    inString = c == '"';
    boolean expected =
        switch (letters) {
          case 0 -> c == 'n' || c == 'i';
          case 1 -> c == 'a' || c == 'n';
          default -> c == 'n' || c == 'f';
        };
    char spelled = expected ? "NaN".charAt(letters) : c;
    letters = expected ? (letters + 1) % 3 : 0;
    return spelled;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
