package org.bitref.loaders.torch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.torch.PyValue.Dict;
import org.bitref.loaders.torch.PyValue.Items;
import org.bitref.loaders.torch.PyValue.Scalar;
import org.bitref.loaders.torch.PyValue.View;
import org.bitref.loaders.torch.PyValue.Whole;

/**
 * The tensors of nested containers by dotted names: {@code {"a": [x, y]}} holds {@code a.0} and
 * {@code a.1}. Text and numbers between them are kept as metadata.
 */
final class Names {
  private static final int DEEPEST = 100;
  private static final int MOST = 1_000_000;
  private static final long MOST_CHARACTERS = 50_000_000;

  private final String where;
  private final Map<String, View> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private int visited;
  private long characters;

  private Names(String where) {
    this.where = where;
  }

  /**
   * Walks through everything.
   *
   * @param alone what a tensor is called that is in no container
   * @throws BadInputException if two tensors have one name, or if containers hold themselves, are
   *     nested too deep, or hold too much
   */
  static Names of(String where, PyValue root, String alone) {
    Names names = new Names(where);
    if (root instanceof View view) {
      names.tensors.put(alone, view);
    } else {
      names.walk("", root, 0);
    }
    return names;
  }

  Map<String, View> tensors() {
    return tensors;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  private void walk(String name, PyValue value, int depth) {
    // A container can hold itself, or one container many times over: all of that ends here.
    characters += name.length();
    if (depth > DEEPEST) {
      throw bad("its containers are nested deeper than " + DEEPEST + ", or hold themselves");
    }
    if (++visited > MOST || characters > MOST_CHARACTERS) {
      throw bad(
          "it holds more than %s objects, or names of more than %s characters"
              .formatted(MOST, MOST_CHARACTERS));
    }
    switch (value) {
      case View view -> put(tensors, name, view);
      case Dict dict ->
          dict.entries().forEach((key, inner) -> walk(join(name, key), inner, depth + 1));
      case Items items -> {
        for (int i = 0; i < items.items().size(); i++) {
          walk(join(name, Integer.toString(i)), items.items().get(i), depth + 1);
        }
      }
      case PyValue.Text text -> put(metadata, name, text.text());
      case Whole whole -> put(metadata, name, Long.toString(whole.value()));
      case Scalar scalar -> put(metadata, name, scalar.text());
      case PyValue.Callable _, PyValue.ElementType _, PyValue.Storage _ -> {
        // A dtype or a size among the data says nothing about a tensor.
      }
    }
  }

  private BadInputException bad(String problem) {
    return new BadInputException(where, problem, "Save a flat dict of tensors.");
  }

  private <T> void put(Map<String, T> into, String name, T value) {
    if (into.putIfAbsent(name, value) != null) {
      throw bad("two objects are called " + Text.quote(name));
    }
  }

  private static String join(String name, String key) {
    return name.isEmpty() ? key : name + "." + key;
  }
}
