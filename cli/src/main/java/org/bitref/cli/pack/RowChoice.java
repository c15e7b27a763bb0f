package org.bitref.cli.pack;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.LayerList;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The value of {@code --rows}: which tokens are kept. */
sealed interface RowChoice {
  /** So many, from the first to the last, as evenly as it goes. */
  record Spread(int number) implements RowChoice {}

  /** These. */
  record Listed(TreeSet<Integer> rows) implements RowChoice {}

  /** Reads the text of the option. */
  final class Converter implements ITypeConverter<RowChoice> {
    @Override
    public RowChoice convert(String text) {
      if (!text.matches("\\d{1,6}")) {
        return new Listed(LayerList.numbers(text, "row"));
      }
      int number = Integer.parseInt(text);
      if (number == 0) {
        throw new TypeConversionException("a case has at least one row");
      }
      return new Spread(number);
    }
  }

  /**
   * Places of tokens, ascending.
   *
   * @param tokens that were captured of each sequence
   * @throws UsageException if there is no such token
   */
  default List<Integer> of(int tokens) {
    return switch (this) {
      case Spread(int number) when number >= tokens -> IntStream.range(0, tokens).boxed().toList();
      case Spread(int number) ->
          IntStream.range(0, number)
              .map(i -> number == 1 ? 0 : Math.toIntExact((long) i * (tokens - 1) / (number - 1)))
              .boxed()
              .toList();
      case Listed(TreeSet<Integer> rows) -> {
        if (rows.last() >= tokens) {
          throw UsageException.value(
              "--rows",
              "the capture has no row %s; its rows are 0 to %s".formatted(rows.last(), tokens - 1));
        }
        yield List.copyOf(rows);
      }
    };
  }
}
