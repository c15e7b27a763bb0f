package org.bitref.cli;

import java.util.Optional;
import org.bitref.BadInputException;

/**
 * What went wrong, for a command that was asked for JSON.
 *
 * @param command as {@link Asked#command}
 */
record FailureReport(Optional<String> command, Problem error) {

  /**
   * The parts of a message.
   *
   * @param code the exit code
   * @param what the message
   * @param where the file, tensor or option
   * @param why what is wrong there
   * @param hint what to do
   */
  record Problem(
      int code, String what, Optional<String> where, Optional<String> why, Optional<String> hint) {
    static Problem of(int code, BadInputException e) {
      return new Problem(
          code,
          e.getMessage(),
          Optional.of(e.where()),
          Optional.of(e.problem()),
          Optional.of(e.remedy()));
    }

    static Problem of(int code, String what, String hint) {
      return new Problem(code, what, Optional.empty(), Optional.empty(), Optional.of(hint));
    }
  }
}
