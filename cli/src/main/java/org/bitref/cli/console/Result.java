package org.bitref.cli.console;

/**
 * What a command found, as a record. Its components are the fields of the JSON object; {@link
 * #text} is the same for people.
 */
public interface Result {
  /** Lines for people, at most 80 columns wide where names allow; ends with a line break. */
  String text();

  /** Exit code of the command; 0 unless the result is a verdict. */
  default int exitCode() {
    return 0;
  }
}
