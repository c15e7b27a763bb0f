package org.bitref.recipe;

import java.util.Iterator;
import java.util.List;

/** A step of an epilogue, read word by word: {@code add(bias,f32)} is add, bias, f32. */
final class Words {
  private final String text;
  private final Part part;
  private final Iterator<String> words;

  private Words(String text, List<String> words) {
    this.text = text;
    this.part = Part.parse("word");
    this.words = words.iterator();
  }

  static Words of(String text) {
    int open = text.indexOf('(');
    if (open < 0 || !text.endsWith(")")) {
      throw new RecipeSyntaxException(text, "expected a step such as cvt(f16,rne)");
    }
    List<String> inside = Part.split(text.substring(open + 1, text.length() - 1), ',');
    inside.addFirst(text.substring(0, open).strip());
    return new Words(text, inside);
  }

  String next() {
    if (!words.hasNext()) {
      throw error("something is missing");
    }
    return words.next();
  }

  Words expect(String word) {
    if (!next().replace(" ", "").equals(word)) {
      throw error("expected \"" + word + "\"");
    }
    return this;
  }

  /** The next word, which must be there, as a constant of an enum. */
  <E extends Enum<E>> E constant(Class<E> type) {
    return part.constant(next(), type);
  }

  /** The next word; the default if no word is left. */
  <E extends Enum<E>> E constant(E byDefault) {
    return words.hasNext() ? constant(byDefault.getDeclaringClass()) : byDefault;
  }

  void end() {
    if (words.hasNext()) {
      throw error("unexpected \"" + words.next() + "\"");
    }
  }

  RecipeSyntaxException error(String problem) {
    return new RecipeSyntaxException(text, problem);
  }
}
