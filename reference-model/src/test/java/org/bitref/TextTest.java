package org.bitref;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class TextTest {
  /** Half surrogate pairs, tags and noncharacters beyond the first plane among them. */
  private static final List<String> HARMFUL =
      List.of(
          "\u0000",
          "\t",
          "\n",
          "\r",
          "\u001b",
          "\u007f",
          "\u0085",
          "\u009b",
          "\u00ad",
          "\u061c",
          "\u200b",
          "\u200d",
          "\u200f",
          "\u2028",
          "\u2029",
          "\u202a",
          "\u202e",
          "\u2060",
          "\u2066",
          "\u2069",
          "\ufeff",
          "\ufffe",
          "\uffff",
          "\ud800",
          "\udfff",
          "\udb40\udc41");

  @Test
  void whatSteersATerminalIsEscaped() {
    for (String harmful : HARMFUL) {
      StringBuilder escaped = new StringBuilder();
      harmful.chars().forEach(c -> escaped.append(String.format(Locale.ROOT, "\\u%04x", c)));
      assertEquals("a" + escaped + "b", Text.line("a" + harmful + "b"));
      String message = new BadInputException(harmful, harmful, harmful).getMessage();
      assertEquals(escaped + ": " + escaped + ". " + escaped, message);
      boolean kept = harmful.equals("\n") || harmful.equals("\t");
      assertEquals(kept ? harmful : escaped.toString(), Text.lines(harmful));
    }
  }

  @Test
  void whatIsReadIsKept() {
    String text = "layers.0 \u00e9 \u4e2d\u6587 \ud83d\ude00 \\u001b \"'<";
    assertSame(text, Text.line(text));
    assertSame(text, Text.lines(text));
  }

  @Test
  void theMiddleOfALongTextIsCut() {
    String name = "first" + "\ud83d\ude00\u001b".repeat(70_000) + "last";
    String shown = Text.quote(name);
    assertTrue(shown.length() < 200, shown);
    assertTrue(shown.startsWith("\"first\ud83d\ude00\\u001b"), shown);
    assertTrue(shown.contains(" ... ") && shown.endsWith("\\u001blast\""), shown);
    for (int longest = 20; longest < 40; longest++) {
      String cut = Text.printable(name, longest);
      assertSame(cut, Text.line(cut), "no half of a pair is left");
    }
    assertEquals("x".repeat(160), Text.printable("x".repeat(160)));
    String message = new BadInputException(name, name, name).getMessage();
    assertTrue(message.length() < 2000, () -> "" + message.length());
  }
}
