package org.bitref.recipe;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.bitref.numerics.Format;

/**
 * How the value of a key stands in a recipe's text.
 *
 * @param reader from the part that the key stands in, the key and the text of the value
 * @param writer to the text
 */
record Value<T>(Reader<T> reader, Function<T, String> writer) {
  /** Reads a value; what is wrong is reported as an error of the part. */
  interface Reader<T> {
    T read(Part part, String key, String text);
  }

  static final Value<Integer> INTEGER =
      new Value<>((part, key, text) -> part.toInt(key, text), String::valueOf);

  static final Value<String> WORD = new Value<>((part, key, text) -> text, text -> text);

  static final Value<Format> FORMAT = word(Format.class);

  static final Value<Accumulator> ACCUMULATOR = word(Accumulator.class);

  static final Value<Exponential> EXPONENTIAL = word(Exponential.class);

  static final Value<KOrder> K_ORDER =
      new Value<>((outer, key, text) -> KOrder.parse(text), KOrder::text);

  static final Value<SumOrder> SUM =
      new Value<>((outer, key, text) -> Grammar.SUM.parse(outer, Part.parse(text)), SumOrder::text);

  static final Value<TileSum> TILE_SUM =
      new Value<>(
          (outer, key, text) -> Grammar.TILE_SUM.parse(outer, Part.parse(text)), TileSum::text);

  static final Value<KeySplits> SPLITS =
      new Value<>((outer, key, text) -> KeySplits.parse(outer, text), KeySplits::text);

  static final Value<ChunkOrder> CHUNKS =
      new Value<>(
          (outer, key, text) -> Keys.read(Part.parse(text), ChunkOrder::keys),
          chunks -> "chunks(" + Keys.write(chunks, ChunkOrder::keys) + ")");

  /** A whole number or nothing. */
  static final Value<OptionalInt> EXPONENT =
      new Value<>(
          (part, key, text) ->
              text.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Check.integer(key, text)),
          exponent -> String.valueOf(exponent.orElseThrow()));

  /** A number or nothing. */
  static final Value<Optional<Double>> NUMBER =
      new Value<>(Value::number, number -> number.orElseThrow().toString());

  /** A GEMM recipe in parentheses. */
  static final Value<GemmRecipe> GEMM =
      new Value<>(Value::gemm, recipe -> "(" + recipe.text() + ")");

  static final Value<AlignedProduct> ALIGNED =
      new Value<>(AlignedProduct::parse, AlignedProduct::text);

  /** The constants of an enum, in lower case. */
  static <E extends Enum<E>> Value<E> word(Class<E> type) {
    return new Value<>((part, key, text) -> part.constant(text, type), Part::word);
  }

  private static Optional<Double> number(Part part, String key, String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(Double.valueOf(text));
    } catch (NumberFormatException e) {
      throw part.error("\"" + key + "\" is \"" + text + "\", not a number");
    }
  }

  private static GemmRecipe gemm(Part part, String key, String text) {
    if (!text.startsWith("(") || !text.endsWith(")")) {
      throw part.error(key + " is a GEMM recipe in parentheses");
    }
    return GemmRecipe.parse(text.substring(1, text.length() - 1));
  }
}
