package org.bitref.loaders.map;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A pattern of names: text with places in braces.
 *
 * <ul>
 *   <li>{@code {i}}: a whole number; leading zeros do not count.
 *   <li>{@code {i*7+2}}: a whole number that is 2 more than 7 times i.
 *   <li>{@code {p|q_proj|up=up_proj|}}: one of these texts, here also none; {@code up} stands for
 *       {@code up_proj}.
 *   <li>{@code *}: anything.
 * </ul>
 *
 * A place that comes twice must say the same both times.
 */
final class NamePattern {
  private static final Pattern TOKEN = Pattern.compile("\\{([^{}]*)}|\\*");
  private static final Pattern ARITHMETIC = Pattern.compile("([a-z_]+)\\*(\\d{1,4})\\+(\\d{1,4})");
  private static final Pattern PLACE = Pattern.compile("[a-z_]+");

  private final String text;
  private final Pattern regex;
  private final List<Place> places;

  /**
   * What stands in braces.
   *
   * @param regex of the texts that fit
   * @param value what a text that fits stands for; empty if it does not fit after all
   */
  private record Place(String name, String regex, Function<String, Optional<String>> value) {

    static Place counted(String name, long factor, long summand) {
      return new Place(
          name,
          "\\d{1,9}",
          text -> {
            long rest = Long.parseLong(text) - summand;
            boolean whole = rest >= 0 && rest % factor == 0;
            return whole ? Optional.of(Long.toString(rest / factor)) : Optional.empty();
          });
    }

    static Place choice(String name, Map<String, String> values) {
      String regex = values.keySet().stream().map(Pattern::quote).collect(Collectors.joining("|"));
      return new Place(name, regex, text -> Optional.of(values.get(text)));
    }
  }

  private NamePattern(String text, Pattern regex, List<Place> places) {
    this.text = text;
    this.regex = regex;
    this.places = places;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if something in braces is no place
   */
  static NamePattern parse(String text) {
    StringBuilder regex = new StringBuilder();
    List<Place> places = new ArrayList<>();
    Matcher tokens = TOKEN.matcher(text);
    int end = 0;
    while (tokens.find()) {
      regex.append(Pattern.quote(text.substring(end, tokens.start())));
      end = tokens.end();
      if (tokens.group(1) == null) {
        regex.append(".*");
        continue;
      }
      Place place = place(tokens.group(1));
      places.add(place);
      regex.append('(').append(place.regex()).append(')');
    }
    regex.append(Pattern.quote(text.substring(end)));
    return new NamePattern(text, Pattern.compile(regex.toString(), Pattern.DOTALL), places);
  }

  private static Place place(String inside) {
    Matcher arithmetic = ARITHMETIC.matcher(inside);
    if (arithmetic.matches() && Long.parseLong(arithmetic.group(2)) > 0) {
      long factor = Long.parseLong(arithmetic.group(2));
      return Place.counted(arithmetic.group(1), factor, Long.parseLong(arithmetic.group(3)));
    }
    String[] parts = inside.split("\\|", -1);
    if (!PLACE.matcher(parts[0]).matches()) {
      throw new IllegalArgumentException("{" + inside + "} is no place");
    }
    if (parts.length == 1) {
      return Place.counted(parts[0], 1, 0);
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", 2);
      values.put(pair[0], pair[pair.length - 1]);
    }
    return Place.choice(parts[0], values);
  }

  /** The places' values if the whole name fits. */
  Optional<Map<String, String>> match(String name) {
    Matcher matcher = regex.matcher(name);
    Map<String, String> values = new HashMap<>();
    boolean fits = matcher.matches();
    for (int i = 0; fits && i < places.size(); i++) {
      Place place = places.get(i);
      Optional<String> value = place.value().apply(matcher.group(i + 1));
      fits =
          value.isPresent() && value.get().equals(values.getOrDefault(place.name(), value.get()));
      value.ifPresent(text -> values.put(place.name(), text));
    }
    return fits ? Optional.of(values) : Optional.empty();
  }

  /** The names of all places. */
  Set<String> places() {
    return places.stream().map(Place::name).collect(Collectors.toSet());
  }

  /** The places of a template such as {@code kv.{i}.k}. */
  static Set<String> placesOf(String template) {
    return TOKEN.matcher(template).results().map(NamePattern::inside).collect(Collectors.toSet());
  }

  private static String inside(MatchResult token) {
    return token.group(1) == null ? "*" : token.group(1);
  }

  /** The template with values in its places; all must be known. */
  static String fill(String template, Map<String, String> values) {
    return TOKEN
        .matcher(template)
        .replaceAll(token -> Matcher.quoteReplacement(values.get(inside(token))));
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
