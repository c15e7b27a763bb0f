package org.bitref.cli.console;

/**
 * A command line that cannot be meant: its user is told why and pointed to {@code --help}, exit
 * code 2.
 */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong, without a full stop. */
  public UsageException(String message) {
    super(message);
  }

  /** In the words that picocli has for a value it cannot convert. */
  public static UsageException value(String option, String problem) {
    return new UsageException("Invalid value for option '%s': %s".formatted(option, problem));
  }

  /**
   * @throws UsageException if the value of this option is given and smaller
   */
  public static void requireAtLeast(String option, int least, Integer value) {
    if (value != null && value < least) {
      throw value(option, "at least %s, not %s".formatted(least, value));
    }
  }
}
