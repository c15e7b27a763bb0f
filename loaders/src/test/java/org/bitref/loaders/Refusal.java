package org.bitref.loaders;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bitref.BadInputException;
import org.junit.jupiter.api.function.Executable;

/** Asserts on the one message that a user sees. */
public final class Refusal {
  private Refusal() {}

  /** The action must be refused with a message that has all these parts and ends as a sentence. */
  public static void expect(Executable action, String... parts) {
    String message = assertThrows(BadInputException.class, action).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "\"" + part + "\" is not in: " + message);
    }
    checkForm(message);
  }

  /** What every message must be like. */
  public static void checkForm(String message) {
    assertTrue(message.endsWith("."), () -> "no remedy: " + message);
    assertTrue(message.length() < 2000, () -> "too long: " + message);
    assertTrue(message.chars().noneMatch(Character::isISOControl), () -> "controls: " + message);
  }
}
