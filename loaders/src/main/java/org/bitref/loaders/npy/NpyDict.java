package org.bitref.loaders.npy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.Place;

/**
 * The Python dict of an npy header: exactly descr (a string), fortran_order (True or False) and
 * shape (a tuple of whole numbers), in any order, as {@code repr} writes them.
 */
record NpyDict(String descr, boolean fortranOrder, List<Long> shape) {

  static NpyDict parse(Place file, String text) {
    return new Parser(file, text).dict();
  }

  /** Looks at every character once; nothing nests, so depth is no concern. */
  private static final class Parser {
    private static final int MOST_AXES = 64;

    private final Place file;
    private final String text;
    private int at;
    private Optional<String> descr = Optional.empty();
    private Optional<Boolean> fortranOrder = Optional.empty();
    private Optional<List<Long>> shape = Optional.empty();

    Parser(Place file, String text) {
      this.file = file;
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
      String type = need(descr, "descr");
      List<Long> lengths = need(shape, "shape");
      return new NpyDict(type, need(fortranOrder, "fortran_order"), lengths);
    }

    private <T> T need(Optional<T> value, String key) {
      return value.orElseThrow(() -> bad("the dict has no " + key));
    }

    private void value(String key) {
      switch (key) {
        case "descr" -> descr = Optional.of(descr());
        case "fortran_order" -> fortranOrder = Optional.of(bool());
        case "shape" -> shape = Optional.of(tuple());
        default -> throw bad("unknown key " + Text.quote(key));
      }
    }

    private String descr() {
      skipBlanks();
      if (at < text.length() && text.charAt(at) == '[') {
        throw file.remedy("Save each field as an array of its own.")
            .bad("holds records (a structured dtype)");
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
        throw file.bad(e, "a length of the shape exceeds 2^63-1");
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
      return file.bad("npy header, character %d: %s", at, problem);
    }
  }
}
