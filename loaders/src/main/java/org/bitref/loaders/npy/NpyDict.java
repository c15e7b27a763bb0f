package org.bitref.loaders.npy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Text;

/**
 * The Python dict of an npy header: exactly descr (a string), fortran_order (True or False) and
 * shape (a tuple of whole numbers), in any order, as {@code repr} writes them.
 */
record NpyDict(String descr, boolean fortranOrder, List<Long> shape) {

  static NpyDict parse(String where, String text) {
    return new Parser(where, text).dict();
  }

  /** Looks at every character once; nothing nests, so depth is no concern. */
  private static final class Parser {
    private static final int MOST_AXES = 64;

    private final String where;
    private final String text;
    private int at;
    private String descr;
    private Boolean fortranOrder;
    private List<Long> shape;

    Parser(String where, String text) {
      this.where = where;
      this.text = text;
    }

    NpyDict dict() {
      Set<String> seen = new HashSet<>();
      expect('{');
      while (!take('}')) {
        String key = string();
        if (!seen.add(key)) {
          throw bad(Text.quote(key) + " stands twice");
        }
        expect(':');
        value(key);
        if (!take(',')) {
          expect('}');
          break;
        }
      }
      skipBlanks();
      if (at < text.length()) {
        throw bad("something follows the dict");
      }
      if (descr == null || fortranOrder == null || shape == null) {
        String missing = descr == null ? "descr" : shape == null ? "shape" : "fortran_order";
        throw bad("the dict has no " + missing);
      }
      return new NpyDict(descr, fortranOrder, shape);
    }

    private void value(String key) {
      switch (key) {
        case "descr" -> descr = descr();
        case "fortran_order" -> fortranOrder = bool();
        case "shape" -> shape = tuple();
        default -> throw bad("unknown key " + Text.quote(key));
      }
    }

    private String descr() {
      skipBlanks();
      if (at < text.length() && text.charAt(at) == '[') {
        throw new BadInputException(
            where, "holds records (a structured dtype)", "Save each field as an array of its own.");
      }
      return string();
    }

    private String string() {
      skipBlanks();
      char quote = at < text.length() ? text.charAt(at) : 0;
      if (quote != '\'' && quote != '"') {
        throw bad("a quoted text should stand");
      }
      int end = text.indexOf(quote, at + 1);
      if (end < 0) {
        throw bad("a quoted text does not end");
      }
      String content = text.substring(at + 1, end);
      at = end + 1;
      return content;
    }

    private boolean bool() {
      skipBlanks();
      for (String word : new String[] {"True", "False"}) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return word.equals("True");
        }
      }
      throw bad("True or False should stand");
    }

    private List<Long> tuple() {
      expect('(');
      List<Long> numbers = new ArrayList<>();
      while (!take(')')) {
        if (numbers.size() == MOST_AXES) {
          throw bad("the shape has more than " + MOST_AXES + " axes, the limit");
        }
        numbers.add(number());
        if (!take(',')) {
          // Python's (3) is a number; its tuple is (3,).
          if (numbers.size() == 1) {
            throw bad("a comma should stand");
          }
          expect(')');
          break;
        }
      }
      return numbers;
    }

    private long number() {
      skipBlanks();
      int from = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      if (from == at) {
        throw bad("a whole number from 0 on should stand");
      }
      try {
        return Long.parseLong(text.substring(from, at));
      } catch (NumberFormatException e) {
        throw new BadInputException(
            where, "a length of the shape exceeds 2^63-1", NpyHeader.DAMAGED, e);
      }
    }

    private boolean take(char c) {
      skipBlanks();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) {
      if (!take(c)) {
        throw bad("'" + c + "' should stand");
      }
    }

    private void skipBlanks() {
      while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
        at++;
      }
    }

    private BadInputException bad(String problem) {
      return new BadInputException(
          where, "npy header, character " + at + ": " + problem, NpyHeader.DAMAGED);
    }
  }
}
