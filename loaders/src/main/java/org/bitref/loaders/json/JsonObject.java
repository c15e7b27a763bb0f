package org.bitref.loaders.json;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bitref.BadInputException;
import org.bitref.loaders.json.JsonCursor.Kind;

/**
 * A JSON object in memory, for small files whose fields are looked up by name. A field that is null
 * counts as absent. Complaints name the field by its path, such as {@code text_config.head_dim}.
 */
public final class JsonObject {
  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  private final String where;
  private final String remedy;
  private final String path;
  private final Map<String, Value> fields = new LinkedHashMap<>();

  private sealed interface Value {}

  private record Nested(JsonObject object) implements Value {}

  private record Items(List<Value> items) implements Value {}

  private record Scalar(Kind kind, String text) implements Value {}

  private JsonObject(String where, String remedy, String path) {
    this.where = where;
    this.remedy = remedy;
    this.path = path;
  }

  /**
   * Reads a text that is one object.
   *
   * @param where what messages call the file
   * @param remedy the last sentence of messages, unless a caller of {@link #bad} gives another
   * @throws BadInputException if the text is anything else
   */
  public static JsonObject read(String where, String remedy, MemorySegment utf8) {
    JsonObject root = new JsonObject(where, remedy, "");
    JsonCursor.readObject(
        where, remedy, utf8, (in, name) -> root.fields.put(name, root.value(in, name)));
    return root;
  }

  private Value value(JsonCursor in, String name) {
    String what = path + name;
    return switch (in.kind()) {
      case OBJECT -> {
        JsonObject nested = new JsonObject(where, remedy, what + ".");
        in.object(what, key -> nested.fields.put(key, nested.value(in, key)));
        yield new Nested(nested);
      }
      case ARRAY -> {
        List<Value> items = new ArrayList<>();
        in.array(what, () -> items.add(value(in, name + "[" + items.size() + "]")));
        yield new Items(items);
      }
      case STRING, NUMBER, BOOLEAN, NULL -> new Scalar(in.kind(), in.skip());
    };
  }

  /** True if the field is there and not null. */
  public boolean has(String field) {
    Value value = fields.get(field);
    return value != null && !(value instanceof Scalar scalar && scalar.kind == Kind.NULL);
  }

  /** The names of all fields that are not null, in the order of the text. */
  public List<String> names() {
    return fields.keySet().stream().filter(this::has).toList();
  }

  /** The object of this name. */
  public Optional<JsonObject> object(String field) {
    return value(field, "a JSON object", JsonObject::nested);
  }

  /** True if the field holds a string. */
  public boolean isString(String field) {
    return fields.get(field) instanceof Scalar scalar && scalar.kind == Kind.STRING;
  }

  /** The string of this name. */
  public Optional<String> string(String field) {
    return scalar(field, Kind.STRING, "a string");
  }

  /** The truth value of this name. */
  public Optional<Boolean> bool(String field) {
    return scalar(field, Kind.BOOLEAN, "true or false").map(text -> text.equals("true"));
  }

  /** The number of this name, as the nearest double. */
  public Optional<Double> number(String field) {
    Optional<Double> number = scalar(field, Kind.NUMBER, "a number").map(Double::parseDouble);
    if (number.isPresent() && number.get().isInfinite()) {
      throw bad(field + " is too large for a double");
    }
    return number;
  }

  /** The same, where {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"} are numbers too. */
  public Optional<Double> figure(String field) {
    return value(
        field,
        "a number",
        value ->
            text(value, Kind.NUMBER)
                .or(() -> text(value, Kind.STRING).filter(NOT_FINITE::contains))
                .map(Double::parseDouble));
  }

  /** The whole number of this name, 0 to 2^31-1. */
  public Optional<Integer> wholeNumber(String field) {
    return scalar(field, Kind.NUMBER, "a number").map(text -> wholeNumber(field, text));
  }

  /** The array of whole numbers of this name, each 0 to 2^31-1. */
  public Optional<List<Integer>> wholeNumbers(String field) {
    return items(
        field, "numbers", item -> text(item, Kind.NUMBER).map(text -> wholeNumber(field, text)));
  }

  /** The array of strings of this name. */
  public Optional<List<String>> strings(String field) {
    return items(field, "strings", item -> text(item, Kind.STRING));
  }

  /** The array of objects of this name. */
  public Optional<List<JsonObject>> objects(String field) {
    return items(field, "objects", JsonObject::nested);
  }

  private <T> Optional<List<T>> items(
      String field, String what, Function<Value, Optional<T>> read) {
    if (!has(field)) {
      return Optional.empty();
    }
    if (!(fields.get(field) instanceof Items(List<Value> items))) {
      throw bad(field + " is not a JSON array");
    }
    List<T> found = new ArrayList<>();
    for (Value item : items) {
      found.add(
          read.apply(item).orElseThrow(() -> bad(field + " holds something other than " + what)));
    }
    return Optional.of(found);
  }

  private int wholeNumber(String field, String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Falls through to the one complaint for all such numbers.
    }
    throw bad(field + " is not a whole number from 0 to 2^31-1: " + text);
  }

  private Optional<String> scalar(String field, Kind kind, String what) {
    return value(field, what, value -> text(value, kind));
  }

  private <T> Optional<T> value(String field, String what, Function<Value, Optional<T>> read) {
    if (!has(field)) {
      return Optional.empty();
    }
    return Optional.of(
        read.apply(fields.get(field)).orElseThrow(() -> bad(field + " is not " + what)));
  }

  private static Optional<JsonObject> nested(Value value) {
    return value instanceof Nested(JsonObject object) ? Optional.of(object) : Optional.empty();
  }

  private static Optional<String> text(Value value, Kind kind) {
    return value instanceof Scalar(Kind found, String text) && found == kind
        ? Optional.of(text)
        : Optional.empty();
  }

  /** What messages call a field: the file and the path in it. */
  public String place(String field) {
    return where + ": " + path + field;
  }

  /** A complaint that a field is needed, to be thrown. */
  public BadInputException missing(String field) {
    return bad(field + " is missing");
  }

  /** A complaint that starts with a field of this object, to be thrown. */
  public BadInputException bad(String fieldAndProblem) {
    return bad(fieldAndProblem, remedy);
  }

  /** As above with its own remedy. */
  public BadInputException bad(String fieldAndProblem, String otherRemedy) {
    return new BadInputException(where, path + fieldAndProblem, otherRemedy);
  }
}
