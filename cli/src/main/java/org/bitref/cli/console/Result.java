package org.bitref.cli.console;

/**
 * What a command found, as a record. Its components are the fields of the JSON object; {@link
 * #text} is the same for people.
 */
public interface Result {

  /** What a result says to scripts. */
  enum Outcome {
    /** Everything is as it should be, or the command judges nothing. */
    OK(0),
    /** Something is not. */
    DIFFERENT(1),
    /** There is no answer. */
    UNDECIDED(4);

    private final int code;

    Outcome(int code) {
      this.code = code;
    }

    /** The exit code. */
    public int code() {
      return code;
    }
  }

  /** Adds the lines for people, at most 80 columns wide where names allow. */
  void text(Lines text);

  /** Decides the exit code of the command. */
  default Outcome outcome() {
    return Outcome.OK;
  }
}
