package org.bitref.loaders.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.Place;

/**
 * Reads one JSON text from front to back and refuses whatever is not as expected: bad UTF-8, bad
 * syntax, nesting deeper than 32, a name twice in one object, a value of the wrong type. Every
 * complaint is a {@link BadInputException} with the place and remedy that the caller gave.
 */
public final class JsonCursor {
  // Names are not interned: Jackson answers many names of one hash with an exception of its own.
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxNumberLength(100)
                  .maxNameLength(1 << 16)
                  .maxStringLength(1 << 26)
                  .build())
          .build();

  private static final JsonFactory WITH_NON_FINITE =
      FACTORY.rebuild().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private final Place place;
  private final Utf8Reader text;
  private final JsonParser parser;

  private JsonCursor(Place place, Utf8Reader text, JsonParser parser) {
    this.place = place;
    this.text = text;
    this.parser = parser;
  }

  /**
   * Reads a text that must be one object and nothing else.
   *
   * @param where what messages call the text, for example {@code a.safetensors: header}
   * @param remedy the last sentence of every message
   * @param utf8 the text, of any size; no more than a block of it is held
   * @param member is called with each name; it must read the value, by one call of this cursor
   */
  public static void readObject(
      String where, String remedy, MemorySegment utf8, BiConsumer<JsonCursor, String> member) {
    read(where, remedy, utf8, in -> in.object("the text", name -> member.accept(in, name)));
  }

  /**
   * As above for a text of one value of any kind.
   *
   * @param root is called once; it must read the value, by one call of this cursor
   */
  public static void read(
      String where, String remedy, MemorySegment utf8, Consumer<JsonCursor> root) {
    read(where, remedy, utf8, false, root);
  }

  /**
   * As above, where numbers may also be nan and inf, with or without a sign, as C++ prints them.
   */
  public static void readWithNonFinite(
      String where, String remedy, MemorySegment utf8, Consumer<JsonCursor> root) {
    read(where, remedy, utf8, true, root);
  }

  private static void read(
      String where,
      String remedy,
      MemorySegment utf8,
      boolean nonFinite,
      Consumer<JsonCursor> root) {
    Utf8Reader text = new Utf8Reader(utf8);
    try (JsonParser parser =
        nonFinite
            ? WITH_NON_FINITE.createParser(new NonFiniteReader(text))
            : FACTORY.createParser(text)) {
      JsonCursor cursor = new JsonCursor(new Place(where, remedy), text, parser);
      cursor.advance();
      root.accept(cursor);
      if (cursor.advance() != null) {
        throw cursor.bad("the text goes on after its closing brace or bracket");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The kinds of JSON values. */
  public enum Kind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    BOOLEAN,
    NULL
  }

  /** The byte of the text at which the value starts that the cursor stands on. */
  public long position() {
    return text.byteOf(parser.currentTokenLocation().getCharOffset());
  }

  /** What kind of value the cursor stands on. */
  public Kind kind() {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> Kind.OBJECT;
      case START_ARRAY -> Kind.ARRAY;
      case VALUE_STRING -> Kind.STRING;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Kind.NUMBER;
      case VALUE_TRUE, VALUE_FALSE -> Kind.BOOLEAN;
      case VALUE_NULL -> Kind.NULL;
      case null, default -> throw bad("a value is missing");
    };
  }

  /**
   * Reads an object.
   *
   * @param what what messages call it
   * @param member is called with each name; it must read the value, by one call of this cursor
   */
  public void object(String what, Consumer<String> member) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw bad(what + " is not a JSON object");
    }
    Set<String> seen = new HashSet<>();
    while (advance() == JsonToken.FIELD_NAME) {
      String name = take(parser::currentName);
      if (!seen.add(name)) {
        throw bad("the name " + Text.quote(name) + " stands twice in " + what);
      }
      advance();
      member.accept(name);
    }
  }

  /** Reads an array; {@code element} must read one value, by one call of this cursor. */
  public void array(String what, Runnable element) {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw bad(what + " is not a JSON array");
    }
    while (advance() != JsonToken.END_ARRAY) {
      element.run();
    }
  }

  /** Reads an array of whole numbers from 0 to 2^63-1. */
  public List<Long> wholeNumbers(String what) {
    List<Long> numbers = new ArrayList<>();
    array(what, () -> numbers.add(wholeNumber(what)));
    return numbers;
  }

  /** Reads a whole number from 0 to 2^63-1. */
  public long wholeNumber(String what) {
    if (kind() != Kind.NUMBER) {
      throw bad(what + " is not a number");
    }
    String digits = text();
    if (digits.startsWith("-")) {
      throw bad(what + " is negative: " + digits);
    }
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw bad(what + " is not a whole number: " + digits);
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw place.bad(e, what + " exceeds 2^63-1: " + digits);
    }
  }

  /** Reads a number as the nearest double; one too large for a double is refused. */
  public double number(String what) {
    if (kind() != Kind.NUMBER) {
      throw bad(what + " is not a number");
    }
    double value = Double.parseDouble(text());
    if (Double.isInfinite(value)) {
      throw bad(what + " is too large for a double: " + text());
    }
    return value;
  }

  /** Passes over a number; with {@link #readWithNonFinite} also over one that is not finite. */
  public void anyNumber(String what) {
    if (kind() != Kind.NUMBER) {
      throw bad(what + " holds something other than numbers");
    }
  }

  /** Reads a string. */
  public String string(String what) {
    if (kind() != Kind.STRING) {
      throw bad(what + " is not a string");
    }
    return text();
  }

  /** Reads any value; what a scalar says as text, nothing of an object or array. */
  public String skip() {
    String text = parser.currentToken().isScalarValue() ? text() : "";
    pass();
    return text;
  }

  /** Passes over a value of any kind without taking it into memory. */
  public void pass() {
    take(parser::skipChildren);
  }

  /** A complaint about the text, to be thrown. */
  public BadInputException bad(String problem) {
    return place.bad(problem);
  }

  /** A step of the parser. */
  @FunctionalInterface
  private interface Read<T> {
    T read() throws IOException;
  }

  private <T> T take(Read<T> step) {
    try {
      return step.read();
    } catch (IOException e) {
      throw syntax(e);
    }
  }

  private JsonToken advance() {
    return take(parser::nextToken);
  }

  private String text() {
    return take(parser::getText);
  }

  private BadInputException syntax(IOException e) {
    if (e instanceof Utf8Reader.NotUtf8 broken) {
      return place.bad(e, "the text is not valid UTF-8 at its byte " + broken.position());
    }
    String reason = String.valueOf(e.getMessage());
    long at = -1;
    if (e instanceof JsonProcessingException json) {
      reason = json.getOriginalMessage();
      at = json.getLocation() == null ? -1 : json.getLocation().getCharOffset();
    }
    String where = at < 0 ? "" : " at its character " + at;
    return place.bad(e, "the text is not valid JSON" + where + " (" + Text.printable(reason) + ")");
  }
}
