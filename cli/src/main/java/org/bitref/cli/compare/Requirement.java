package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a rule asks of a tensor: comparisons of figures with numbers, such as {@code max_ulp <= 1
 * and cosine >= 0.9999 or max_abs < 1e-3}, where {@code and} binds closer; {@code equal}, which is
 * {@code unequal <= 0}; {@code any}, which always holds. A figure that is NaN fails every
 * comparison.
 *
 * @param alternatives one of them must hold whole
 */
record Requirement(String text, List<List<Condition>> alternatives) {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*+(?:(?<op>[<>]=?)|(?<number>[-+]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][-+]?\\d++)?)"
              + "|(?<word>[A-Za-z_]++))");

  /** A figure, the sign between, and a finite number. */
  record Condition(Figure figure, String sign, double bound) {
    boolean holds(StageResult stage) {
      double x = figure.of(stage);
      return switch (sign) {
        case "<=" -> x <= bound;
        case "<" -> x < bound;
        case ">=" -> x >= bound;
        default -> x > bound;
      };
    }
  }

  /**
   * @throws IllegalArgumentException if the text is no requirement; the message says why
   */
  static Requirement parse(String text) {
    return new Requirement(text.strip(), new Parser(tokens(text)).alternatives());
  }

  private static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    String rest = text.stripTrailing();
    Matcher matcher = TOKEN.matcher(rest);
    int at = 0;
    while (at < rest.length()) {
      if (!matcher.region(at, rest.length()).lookingAt()) {
        throw new IllegalArgumentException("cannot be read from its character " + (at + 1) + " on");
      }
      tokens.add(matcher.group().strip());
      at = matcher.end();
    }
    return tokens;
  }

  boolean holds(StageResult stage) {
    return alternatives.stream().anyMatch(all -> all.stream().allMatch(c -> c.holds(stage)));
  }

  /** The figures that it asks for, as they are. */
  Map<Figure, Number> figures(StageResult stage) {
    Map<Figure, Number> figures = new EnumMap<>(Figure.class);
    for (List<Condition> all : alternatives) {
      all.forEach(condition -> figures.put(condition.figure(), condition.figure().number(stage)));
    }
    return figures;
  }

  /** Reads tokens from the left. */
  private static final class Parser {
    private final List<String> tokens;
    private int next;

    Parser(List<String> tokens) {
      this.tokens = tokens;
    }

    List<List<Condition>> alternatives() {
      List<List<Condition>> alternatives = new ArrayList<>();
      do {
        List<Condition> all = new ArrayList<>();
        do {
          condition(all);
        } while (take("and"));
        alternatives.add(List.copyOf(all));
      } while (take("or"));
      if (next < tokens.size()) {
        throw new IllegalArgumentException(
            "goes on with \"" + tokens.get(next) + "\" where only \"and\" or \"or\" can stand");
      }
      return List.copyOf(alternatives);
    }

    private void condition(List<Condition> all) {
      if (take("any")) {
        return;
      }
      if (take("equal")) {
        all.add(new Condition(Figure.UNEQUAL, "<=", 0));
        return;
      }
      Figure figure = Figure.named(token("a figure"));
      String sign = token("<=, <, >= or > after " + figure);
      if (!sign.startsWith("<") && !sign.startsWith(">")) {
        throw new IllegalArgumentException(
            "\"" + sign + "\" after " + figure + " is none of <=, <, >=, >");
      }
      all.add(new Condition(figure, sign, number(token("a number after " + figure + " " + sign))));
    }

    private static double number(String token) {
      boolean digits = token.chars().anyMatch(c -> c >= '0' && c <= '9');
      double number = digits ? Double.parseDouble(token) : Double.NaN;
      if (!Double.isFinite(number)) {
        throw new IllegalArgumentException("\"" + token + "\" is no finite number");
      }
      return number;
    }

    private boolean take(String word) {
      boolean there = next < tokens.size() && tokens.get(next).equals(word);
      next += there ? 1 : 0;
      return there;
    }

    private String token(String what) {
      if (next == tokens.size()) {
        throw new IllegalArgumentException("ends where " + what + " should stand");
      }
      return tokens.get(next++);
    }
  }
}
