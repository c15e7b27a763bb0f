package org.bitref.cli.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.bitref.cli.Shown;

/** Damages a text of words, numbers, quoted strings and signs: always the same way for one seed. */
final class TextMutator {
  private static final Pattern TOKEN =
      Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|[\\w.+-]+|\\s+|.", Pattern.DOTALL);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> VALUES =
      List.of(
          "0",
          "-1",
          "1.5",
          "1e9",
          "2147483648",
          "9223372036854775807",
          "-9223372036854775808",
          "99999999999999999999999",
          "1e400",
          "NaN",
          "null",
          "true",
          "[]",
          "{}",
          "[[1]]",
          "{\"a\": 1}",
          "\"\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"/\"",
          "\"..\"",
          "\"(\"",
          "\"*\"",
          "\"[a\"",
          "\"\\\\\"",
          "\"~\"",
          "\"catalogue:x\"",
          "\"catalogue:#\"",
          "\"catalogue:\\u0000#x\"",
          "(",
          ")",
          "\"",
          ",",
          ":",
          "=",
          "|",
          "#",
          "@",
          "\\",
          "\u0000",
          "\ufeff",
          "\ud800",
          "[".repeat(3000),
          "{\"a\":".repeat(3000),
          "\"" + "(".repeat(20_000) + ")".repeat(20_000) + "\"",
          "(".repeat(3000),
          "9".repeat(3000));

  private final Random random;

  TextMutator(long seed) {
    random = new Random(seed);
  }

  /** One to three tokens are replaced, removed, doubled or moved. */
  String mutate(String valid) {
    List<String> tokens =
        new ArrayList<>(TOKEN.matcher(valid).results().map(MatchResult::group).toList());
    for (int i = random.nextInt(3); i >= 0 && !tokens.isEmpty(); i--) {
      int at = random.nextInt(tokens.size());
      String other = tokens.get(random.nextInt(tokens.size()));
      switch (random.nextInt(8)) {
        case 0 -> tokens.remove(at);
        case 1 -> tokens.add(at, other);
        case 2 -> tokens.set(at, other);
        case 3 -> tokens.subList(at, tokens.size()).clear();
        case 4 -> tokens.set(at, Shown.harmful(random));
        case 5 -> tokens.set(at, quoted(Shown.harmful(random)));
        default -> tokens.set(at, VALUES.get(random.nextInt(VALUES.size())));
      }
    }
    return String.join("", tokens);
  }

  private static String quoted(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
