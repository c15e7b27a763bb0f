package org.bitref.cli.dump;

import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Numbers of layers as a user writes them: {@code 5}, {@code 0-3}, {@code 0,2,7-9}.
 *
 * @param text as given
 */
public record LayerList(String text, TreeSet<Integer> layers) {
  private static final Pattern PART = Pattern.compile("\\s*(\\d{1,6})\\s*(?:-\\s*(\\d{1,6})\\s*)?");

  /** Reads the text of an option. */
  public static final class Converter implements ITypeConverter<LayerList> {
    @Override
    public LayerList convert(String text) {
      return new LayerList(text, numbers(text, "layer"));
    }
  }

  /**
   * The numbers that a user wrote.
   *
   * @param what they number
   * @throws TypeConversionException if these are no numbers and ranges
   */
  public static TreeSet<Integer> numbers(String text, String what) {
    TreeSet<Integer> layers = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      Matcher matcher = PART.matcher(part);
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'"
                + part
                + "' is no "
                + what
                + "; write numbers and ranges, for example 0-3 or 0,2,7-9");
      }
      int from = Integer.parseInt(matcher.group(1));
      int to = matcher.group(2) == null ? from : Integer.parseInt(matcher.group(2));
      if (to < from) {
        throw new TypeConversionException("the range " + part + " runs backwards");
      }
      for (int layer = from; layer <= to; layer++) {
        layers.add(layer);
      }
    }
    return layers;
  }

  /**
   * @throws BadInputException if the model has no such layer
   */
  public void check(String model, int count) {
    if (layers.last() >= count) {
      throw new BadInputException(
          model,
          "has no layer " + layers.last() + ", which --layers " + text + " asks for",
          "Its layers are 0 to " + (count - 1) + ".");
    }
  }
}
