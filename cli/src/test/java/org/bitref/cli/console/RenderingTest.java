package org.bitref.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RenderingTest {
  private record Values(double nan, double inf, double minus, double negativeZero, long maxAbs) {}

  @Test
  void jsonQuotesWhatIsNotFinite() {
    String json =
        Json.object(
            "x",
            new Values(
                Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 1L << 60));
    assertEquals(
        """
        {"schema":"bitref.x/1","nan":"NaN","inf":"Infinity","minus":"-Infinity",\
        "negative_zero":-0.0,"max_abs":1152921504606846976}\
        """,
        json.replaceAll("\\s", ""));
  }

  @Test
  void onlyTheWholeIsAHundredPercent() {
    assertEquals("100", Numbers.percent(5, 5));
    assertEquals("99.99", Numbers.percent(1_999_999, 2_000_000));
    assertEquals("0.00", Numbers.percent(1, 2_000_000));
    assertEquals("100", Numbers.percent(0, 0));
  }

  @Test
  void paragraphsBreakBetweenWords() {
    String text = Paragraph.of("word ".repeat(40), "  ");
    text.lines().forEach(line -> assertTrue(line.startsWith("  word") && line.length() <= 80));
    assertEquals(40, text.split("word", -1).length - 1);
  }

  @Test
  void withoutATerminalALineSaysHowFarItIs() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    try (Progress progress = Progress.on(stream, "task", 10, false)) {
      progress.step("first");
      progress.advance(4);
      assertEquals(0, err.size());
      progress.line();
    }
    String line = err.toString(StandardCharsets.UTF_8);
    assertTrue(line.matches("bitref: task: \\d+ s, 50 %, first\\R"), line);
  }

  @Test
  void aTerminalSeesProgressAfterAWhile() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    try (Progress progress = Progress.on(stream, "task", 10, true)) {
      progress.advance(5);
      progress.show();
    }
    assertTrue(
        err.toString(StandardCharsets.UTF_8).contains("50%"), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void theTimeGoesOnWhileNothingIsFinished() throws InterruptedException {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    try (Progress progress = Progress.on(stream, "task", 10, true)) {
      progress.show();
      for (int i = 0; i < 100 && !err.toString(StandardCharsets.UTF_8).contains("0:00:01"); i++) {
        Thread.sleep(100);
      }
    }
    String text = err.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("0:00:01"), text);
  }

  @Test
  void workWithoutATotalIsShownToo() {
    for (boolean terminal : new boolean[] {true, false}) {
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
      try (Progress progress = Progress.on(stream, "task", -1, terminal)) {
        if (terminal) {
          progress.show();
        } else {
          progress.line();
        }
      }
      String text = err.toString(StandardCharsets.UTF_8);
      assertTrue(text.contains("task") && !text.matches("(?s).*\\d ?%.*"), text);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsDoneAtOnceIsNotShown(boolean terminal) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    Session session = new Session(new ByteArrayOutputStream(), stream, terminal);
    try (Progress progress = session.progress("task", 10)) {
      progress.advance(5);
    }
    assertEquals(0, err.size());
  }
}
