package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Texts that try to do harm where they are shown, and what no output may hold. */
public final class Shown {
  /** Begins a line of its own where a line feed got through. */
  public static final String FORGED = "FORGED";

  private static final List<String> PARTS =
      List.of(
          "\u001b[2J",
          "\u001b]0;x\u0007",
          "\u009b31m",
          "\n" + FORGED,
          "\r\n" + FORGED,
          "\r" + FORGED,
          "\u0085" + FORGED,
          "\u2028" + FORGED,
          "\u0000",
          "\t",
          "\b",
          "\u007f",
          "\u00ad",
          "\u200b",
          "\u202e",
          "\u2066",
          "\u2069",
          "\ufeff",
          "\udb40\udc41",
          "\ufffe",
          "<b>&amp;\"'",
          "%s%n%d%",
          "$1\\E{}",
          "\u00e9\ud83d\ude00");

  private Shown() {}

  /** A text with a few harmful parts; some are very long. */
  public static String harmful(Random random) {
    StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "=1+1" : "n");
    for (int i = random.nextInt(4); i >= 0; i--) {
      text.append(PARTS.get(random.nextInt(PARTS.size())))
          .append((char) ('a' + random.nextInt(26)));
    }
    return random.nextInt(16) == 0 ? text.toString().repeat(300) : text.toString();
  }

  /** Nothing in it may steer a terminal, hide, turn the reading order or begin a line. */
  public static void assertHarmless(String output, String what) {
    int[] harmful =
        output
            .codePoints()
            .filter(c -> c != '\n')
            .filter(
                c ->
                    switch (Character.getType(c)) {
                      case Character.CONTROL,
                          Character.FORMAT,
                          Character.SURROGATE,
                          Character.LINE_SEPARATOR,
                          Character.PARAGRAPH_SEPARATOR,
                          Character.UNASSIGNED ->
                          true;
                      default -> false;
                    })
            .toArray();
    assertTrue(
        harmful.length == 0,
        () -> String.format(Locale.ROOT, "U+%04X in %s:\n%s", harmful[0], what, output));
    assertFalse(output.startsWith(FORGED), what);
    assertFalse(output.contains("\n" + FORGED), () -> what + ":\n" + output);
  }

  /** Both streams of a run; it ends in an exit code of ours and in short messages. */
  public static void assertHarmless(Cli run, String what) {
    assertTrue(run.code() >= 0 && run.code() <= 4, () -> what + ": " + run);
    assertHarmless(run.out(), what);
    assertHarmless(run.err(), what);
    run.err().lines().forEach(l -> assertTrue(l.length() < 2100, () -> what + ": " + l));
  }
}
