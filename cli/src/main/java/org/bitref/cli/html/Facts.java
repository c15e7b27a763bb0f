package org.bitref.cli.html;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.cli.console.CommandText;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Version;

/** The head of a page: when it was made, by what, by which command, and from what. */
public final class Facts {
  /** Texts of metadata that are shorter are facts, longer ones are listings. */
  private static final int SHORT = 60;

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Facts() {}

  /** A line of the head. */
  public record Fact(String name, String value) {}

  /**
   * Writes the head.
   *
   * @param arguments of the command, itself first
   * @param facts that follow
   */
  public static void write(Markup page, List<String> arguments, List<Fact> facts) {
    List<Fact> all = new ArrayList<>();
    all.add(new Fact("Date", DAY.format(Instant.now(Clock.systemUTC()))));
    all.add(new Fact("Made by", versions()));
    all.add(new Fact("Command", CommandText.of(arguments)));
    all.addAll(facts);
    page.open("dl", "class", "facts");
    for (Fact fact : all) {
      page.element("dt", fact.name());
      page.element("dd", fact.value());
    }
    page.close();
  }

  /** What computed the page. */
  static String versions() {
    return "bitref %s, Java %s, %s %s"
        .formatted(
            Version.BITREF,
            Runtime.version(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }

  /** The device and the versions that a file names, the device first. */
  public static String about(Map<String, String> metadata) {
    return about(metadata, "");
  }

  /**
   * The same.
   *
   * @param computedOn what else is known of the device, to stand behind the rest; empty for nothing
   */
  public static String about(Map<String, String> metadata, String computedOn) {
    List<String> words = new ArrayList<>();
    if (metadata.containsKey("device")) {
      words.add(metadata.get("device"));
    } else if (computedOn.isEmpty()) {
      words.add("device not named");
    }
    metadata.keySet().stream()
        .sorted()
        .filter(key -> !key.equals("device") && metadata.get(key).length() < SHORT)
        .forEach(key -> words.add(key + " " + metadata.get(key)));
    if (!computedOn.isEmpty()) {
      words.add(computedOn);
    }
    return String.join(", ", words);
  }
}
