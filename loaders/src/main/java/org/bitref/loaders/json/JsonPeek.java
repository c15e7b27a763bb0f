package org.bitref.loaders.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A glance at a JSON text, to tell what kind of file it is. What is wrong with it does not matter
 * here: the reader that is chosen will say so.
 */
public final class JsonPeek {
  private JsonPeek() {}

  /**
   * The first of the outermost object's members whose name is known; empty if there is none, or if
   * the text is no object.
   */
  public static String member(MemorySegment utf8, Set<String> known) {
    try (JsonParser parser = JsonCursor.FACTORY.createParser(new Utf8Reader(utf8))) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          if (known.contains(parser.currentName())) {
            return parser.currentName();
          }
          parser.nextToken();
          parser.skipChildren();
        }
      }
    } catch (IOException _) {
      // Broken before anything known stood there.
    }
    return "";
  }

  /** True for a text {@code [{"..": ".."}, ..]}: an array of objects that start with a string. */
  public static boolean startsWithString(MemorySegment utf8) {
    try (JsonParser parser = JsonCursor.FACTORY.createParser(new Utf8Reader(utf8))) {
      return parser.nextToken() == JsonToken.START_ARRAY
          && parser.nextToken() == JsonToken.START_OBJECT
          && parser.nextToken() == JsonToken.FIELD_NAME
          && parser.nextToken() == JsonToken.VALUE_STRING;
    } catch (IOException _) {
      return false;
    }
  }
}
