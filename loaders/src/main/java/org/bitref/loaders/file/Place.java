package org.bitref.loaders.file;

import java.util.Locale;
import org.bitref.BadInputException;

/**
 * A file, or a part of one, that may turn out broken.
 *
 * @param where what messages call it
 * @param remedy the last sentence of messages: what usually helps
 */
public record Place(String where, String remedy) {

  /** A complaint, to be thrown; with values, the problem is a format of {@link String#format}. */
  @SuppressWarnings("AnnotateFormatMethod") // Its annotation would be a library for this alone.
  public BadInputException bad(String problem, Object... values) {
    return new BadInputException(
        where, values.length == 0 ? problem : String.format(Locale.ROOT, problem, values), remedy);
  }

  /** A complaint that another exception brought up, to be thrown. */
  public BadInputException bad(Throwable cause, String problem) {
    return new BadInputException(where, problem, remedy, cause);
  }

  /** The same place where something else helps. */
  public Place remedy(String other) {
    return new Place(where, other);
  }
}
