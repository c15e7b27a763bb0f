package org.bitref.cli.dump;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import org.bitref.recipe.Sizes;

/**
 * The sizes of a whole product as an option gives them.
 *
 * @param option as it was written, for messages
 * @param sizes M, N and perhaps K
 */
public record ProductShape(String option, long... sizes) {
  private static final Pattern SIZE = Pattern.compile("[1-9]\\d{0,8}");

  /**
   * Reads MxN.
   *
   * @throws BadInputException if it is none
   */
  public static ProductShape matrix(String text) {
    return of(text, 2, "MxN", "3006x4096");
  }

  /**
   * Reads MxNxK.
   *
   * @throws BadInputException if it is none
   */
  public static Sizes product(String text) {
    long[] sizes = of(text, 3, "MxNxK", "3006x4096x12288").sizes;
    return Sizes.product(sizes[0], sizes[1], sizes[2]);
  }

  private static ProductShape of(String text, int count, String form, String example) {
    String[] sizes = text.split("[x×]", -1);
    boolean fits = Arrays.stream(sizes).allMatch(size -> SIZE.matcher(size).matches());
    if (sizes.length != count || !fits) {
      throw new BadInputException(
          "--shape " + text, "is not of the form " + form, "Write for example " + example + ".");
    }
    return new ProductShape(
        "--shape " + text, Arrays.stream(sizes).mapToLong(Long::parseLong).toArray());
  }

  /** M. */
  public long rows() {
    return sizes[0];
  }

  /** N. */
  public long columns() {
    return sizes[1];
  }
}
