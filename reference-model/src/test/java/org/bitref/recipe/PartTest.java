package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The pieces that recipe texts are made of. */
final class PartTest {
  @Test
  void splitsOutsideParentheses() {
    assertEquals(List.of("a", "b(c,d(e,f))", "g"), Part.split("a, b(c,d(e,f)) ,g", ','));
    assertEquals(List.of("a", ""), Part.split("a,", ','));
    assertEquals(List.of(), Part.split("  ", ','));
    assertMessage("recipe \"a)\": a closing parenthesis too many", () -> Part.split("a)", ','));
    assertMessage("recipe \"(a\": a parenthesis is not closed", () -> Part.split("(a", ','));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(RecipeSyntaxException.class, action::run).getMessage());
  }

  private static int whole(Part part) {
    return Value.INTEGER.reader().read(part, "w", part.string("w"));
  }

  @Test
  void givesKeysFlagsAndDefaults() {
    Part part = Part.parse(" k ( w = 16 , clast, s=a=b, n=(x=1,y) ) ");
    assertEquals("k", part.name());
    assertEquals(16, whole(part));
    assertFalse(part.has("w"));
    assertTrue(part.flag("clast"));
    assertFalse(part.flag("clast"));
    assertTrue(part.has("s"));
    assertEquals("a=b", part.string("s"));
    assertMessage("recipe \"k ( w = 16 , clast, s=a=b, n=(x=1,y) )\": unknown key n", part::end);
    assertEquals("(x=1,y)", part.string("n"));
    part.end();
  }

  @Test
  void wholeNumbersAreWhole() {
    assertMessage(
        "recipe \"k(w=1.5)\": \"w\" is \"1.5\", not a whole number",
        () -> whole(Part.parse("k(w=1.5)")));
    assertMessage(
        "recipe \"k(w)\": \"w\" is \"\", not a whole number", () -> whole(Part.parse("k(w)")));
    assertMessage(
        "recipe \"k(w=3000000000)\": \"w\" is \"3000000000\", not a whole number",
        () -> whole(Part.parse("k(w=3000000000)")));
    assertMessage("recipe \"k\": key \"w\" is missing", () -> whole(Part.parse("k")));
  }
}
