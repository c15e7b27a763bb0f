package org.bitref;

/**
 * Input that the program cannot use: a broken file, a missing tensor, a wrong shape. The message
 * names the place (file, tensor or offset), the reason, and what the reader can do about it. The
 * command line turns it into exit code 3. Whatever foreign text its parts hold, the message is one
 * line fit for a terminal; the middle of a part that is too long is cut out.
 */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int PART = 640;

  private final String where;
  private final String problem;
  private final String remedy;

  /**
   * @param where file, and tensor or byte offset, for example {@code model.safetensors: tensor "q"}
   * @param problem what is wrong there
   * @param remedy what to do, as a full sentence
   */
  public BadInputException(String where, String problem, String remedy) {
    this(where, problem, remedy, null);
  }

  /** As above, for a problem that another exception reported. */
  public BadInputException(String where, String problem, String remedy, Throwable cause) {
    super(message(where, problem, remedy), cause);
    this.where = where;
    this.problem = problem;
    this.remedy = remedy;
  }

  /** Where it is, on one line fit for a terminal. */
  public String where() {
    return part(where);
  }

  /** What is wrong there, likewise. */
  public String problem() {
    return part(problem);
  }

  /** What to do about it, likewise. */
  public String remedy() {
    return part(remedy);
  }

  /** The same, where something else helps. */
  public BadInputException remedy(String other) {
    return new BadInputException(where, problem, other, this);
  }

  /** The same of a place that got another name: {@code to} wherever {@code from} stands. */
  public BadInputException renamed(String from, String to) {
    return new BadInputException(where.replace(from, to), problem.replace(from, to), remedy, this);
  }

  private static String message(String where, String problem, String remedy) {
    return part(where) + ": " + part(problem) + ". " + part(remedy);
  }

  private static String part(String text) {
    return Text.printable(text, PART);
  }
}
