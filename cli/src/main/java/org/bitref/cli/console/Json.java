package org.bitref.cli.console;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Records as JSON: components become snake_case fields in the order of declaration; a double that
 * is not finite becomes the string "NaN", "Infinity" or "-Infinity".
 */
public final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .visibility(PropertyAccessor.ALL, Visibility.NONE)
          .visibility(PropertyAccessor.FIELD, Visibility.ANY)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private Json() {}

  /** One object with the field {@code schema} in front, ending in a line break. */
  public static String object(String command, Object record) {
    ObjectNode object = MAPPER.createObjectNode();
    object.put("schema", "bitref." + command + "/1");
    object.setAll((ObjectNode) MAPPER.valueToTree(record));
    return text(object);
  }

  /** Any record as it is, ending in a line break. */
  public static String text(Object record) {
    try {
      return MAPPER.writeValueAsString(record) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
