package org.bitref.recipe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One part of a recipe's text, read: a name and, in parentheses, keys with values and bare flags,
 * in any order: {@code fda(w=16, F=25, acc=f16rne, clast)}. Values may hold parentheses of their
 * own. Every key must be taken by the caller; {@link #end} complains of the rest.
 */
final class Part {
  private final String text;
  private final String name;
  private final Map<String, String> values = new LinkedHashMap<>();

  private Part(String text, String name) {
    this.text = text;
    this.name = name;
  }

  static Part parse(String text) {
    String trimmed = text.strip();
    int open = trimmed.indexOf('(');
    if (open < 0) {
      return new Part(trimmed, trimmed);
    }
    if (!trimmed.endsWith(")")) {
      throw new RecipeSyntaxException(trimmed, "no closing parenthesis at the end");
    }
    Part part = new Part(trimmed, trimmed.substring(0, open).strip());
    for (String item : split(trimmed.substring(open + 1, trimmed.length() - 1), ',')) {
      int equals = item.indexOf('=');
      String key = (equals < 0 ? item : item.substring(0, equals)).strip();
      String value = equals < 0 ? "" : item.substring(equals + 1).strip();
      if (key.isEmpty()) {
        throw new RecipeSyntaxException(trimmed, "an empty key");
      }
      if (part.values.put(key, value) != null) {
        throw new RecipeSyntaxException(trimmed, "key \"" + key + "\" stands twice");
      }
    }
    return part;
  }

  /** Splits at a separator outside parentheses; an empty text has no items. */
  static List<String> split(String text, char separator) {
    List<String> items = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth < 0) {
        throw new RecipeSyntaxException(text, "a closing parenthesis too many");
      }
      if (c == separator && depth == 0) {
        items.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    if (depth != 0) {
      throw new RecipeSyntaxException(text, "a parenthesis is not closed");
    }
    if (!text.isBlank()) {
      items.add(text.substring(start).strip());
    }
    return items;
  }

  String name() {
    return name;
  }

  /** True if the bare word stands among the keys. */
  boolean flag(String key) {
    return values.remove(key) != null;
  }

  /** The first bare word among the keys, such as the 16 of {@code lanes(16)}. */
  String bare() {
    for (Map.Entry<String, String> entry : values.entrySet()) {
      if (entry.getValue().isEmpty()) {
        values.remove(entry.getKey());
        return entry.getKey();
      }
    }
    throw error("something is missing in the parentheses");
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  String string(String key) {
    String value = values.remove(key);
    if (value == null) {
      throw error("key \"" + key + "\" is missing");
    }
    return value;
  }

  int toInt(String key, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw error("\"" + key + "\" is \"" + value + "\", not a whole number");
    }
  }

  <E extends Enum<E>> E constant(String value, Class<E> type) {
    List<String> allowed = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      if (word(constant).equals(value)) {
        return constant;
      }
      allowed.add(word(constant));
    }
    throw error("\"" + value + "\" is none of " + String.join(" ", allowed));
  }

  /** How an enum constant stands in recipe texts: lower case. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  RecipeSyntaxException error(String problem) {
    return new RecipeSyntaxException(text, problem);
  }

  /** To be called when all known keys are taken. */
  void end() {
    if (!values.isEmpty()) {
      throw error("unknown key " + String.join(", ", values.keySet()));
    }
  }
}
