package org.bitref.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The keys of one part of a recipe, named once for both directions. A function of the grammar asks
 * for them in the order of the canonical text and makes the part of what it got. Reading, it gets
 * what a text says; writing, it gets what an existing part holds, and every question leaves {@code
 * key=value} behind.
 *
 * @param <R> the part
 */
final class Keys<R> {
  private static final Part NOTHING = Part.parse("nothing");

  private final Part text;
  private final Optional<R> written;
  private final List<String> items = new ArrayList<>();

  private Keys(Part text, Optional<R> written) {
    this.text = text;
    this.written = written;
  }

  /** Reads a part; every key of the text must be asked for. */
  static <R> R read(Part text, Function<Keys<R>, R> grammar) {
    R part = grammar.apply(new Keys<>(text, Optional.empty()));
    text.end();
    return part;
  }

  /** Writes what stands in the parentheses of a part. */
  static <R> String write(R part, Function<Keys<R>, R> grammar) {
    Keys<R> keys = new Keys<>(NOTHING, Optional.of(part));
    var _ = grammar.apply(keys);
    return String.join(",", keys.items);
  }

  /** A key that must be there. */
  <T> T get(String key, Value<T> value, Function<R, T> of) {
    return written
        .map(part -> item(key + "=", value, of.apply(part)))
        .orElseGet(() -> value.reader().read(text, key, text.string(key)));
  }

  /** A key that is not written where it has its default. */
  <T> T get(String key, Value<T> value, Function<R, T> of, T byDefault) {
    return get(key, value, of, byDefault, false);
  }

  /** A key that need not be there, but is always written. */
  <T> T shown(String key, Value<T> value, Function<R, T> of, T byDefault) {
    return get(key, value, of, byDefault, true);
  }

  /** One or the other, by whether it is always written. */
  <T> T get(String key, Value<T> value, Function<R, T> of, T byDefault, boolean always) {
    boolean left =
        written.isEmpty() ? !text.has(key) : !always && of.apply(written.get()).equals(byDefault);
    return left ? byDefault : get(key, value, of);
  }

  /** A bare word among the keys. */
  boolean flag(String word, Function<R, Boolean> of) {
    if (written.isEmpty()) {
      return text.flag(word);
    }
    boolean set = of.apply(written.get());
    if (set) {
      items.add(word);
    }
    return set;
  }

  /** A value without a key, such as the 16 of {@code lanes(16)}. */
  <T> T bare(Value<T> value, Function<R, T> of) {
    return written
        .map(part -> item("", value, of.apply(part)))
        .orElseGet(() -> value.reader().read(text, text.name(), text.bare()));
  }

  private <T> T item(String prefix, Value<T> value, T held) {
    items.add(prefix + value.writer().apply(held));
    return held;
  }

  /**
   * Keys that stand in the same parentheses but belong to something else, or are asked for before
   * it is their turn to be written; {@link #append} says when it is.
   */
  <S> Keys<S> branch(Function<R, S> of) {
    return new Keys<>(text, written.map(of));
  }

  /** Here the text of a branch goes on. */
  void append(Keys<?> branch) {
    items.addAll(branch.items);
  }

  /** Complains if the part has another name. */
  void named(String name, String problem) {
    if (written.isEmpty() && !text.name().equals(name)) {
      throw text.error(problem);
    }
  }
}
