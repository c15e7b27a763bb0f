package org.bitref;

/**
 * Input that the program cannot use: a broken file, a missing tensor, a wrong shape. The message
 * names the place (file, tensor or offset), the reason, and what the reader can do about it. The
 * command line turns it into exit code 3.
 */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param where file, and tensor or byte offset, for example {@code model.safetensors: tensor "q"}
   * @param problem what is wrong there
   * @param remedy what to do, as a full sentence
   */
  public BadInputException(String where, String problem, String remedy) {
    super(where + ": " + problem + ". " + remedy);
  }

  /** As above, for a problem that another exception reported. */
  public BadInputException(String where, String problem, String remedy, Throwable cause) {
    super(where + ": " + problem + ". " + remedy, cause);
  }
}
