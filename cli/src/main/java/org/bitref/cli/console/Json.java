package org.bitref.cli.console;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.Text;
import org.bitref.compare.TensorComparison.Worst;
import org.bitref.loaders.engine.EngineRecipe;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;

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
          .addModule(
              new SimpleModule()
                  .addSerializer(new Optionals())
                  .addSerializer(FunctionFinding.Verdict.class, new Tokens())
                  .addSerializer(EngineRecipe.Basis.class, new Tokens())
                  .addSerializer(EngineRecipe.Doubt.class, new Tokens()))
          .addMixIn(Shape.class, ShapeMixIn.class)
          .addMixIn(Worst.class, UlpMixIn.class)
          .addMixIn(FunctionFinding.Difference.class, WorstUlpMixIn.class)
          .addMixIn(StageRecipe.class, RecipeMixIn.class)
          .addMixIn(Device.class, DeviceMixIn.class)
          .build();

  /** A component that may be absent: null, or left out by {@code @JsonInclude(NON_EMPTY)}. */
  private static final class Optionals extends StdSerializer<Optional<?>> {
    private static final long serialVersionUID = 1L;

    Optionals() {
      super(Optional.class, false);
    }

    @Override
    public void serialize(Optional<?> value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(value.orElse(null), json);
    }

    @Override
    public boolean isEmpty(SerializerProvider provider, Optional<?> value) {
      return value.isEmpty();
    }
  }

  private interface ShapeMixIn {
    @JsonValue
    long[] dims();
  }

  private interface DeviceMixIn {
    @JsonValue
    String word();
  }

  private interface RecipeMixIn {
    @JsonValue
    String text();
  }

  /** Distances of a core record. */
  private abstract static class UlpMixIn {
    @SuppressWarnings("UnusedVariable") // Jackson reads its annotation.
    @JsonSerialize(using = Ulps.class)
    long ulp;
  }

  /** A distance as by {@link #ulps}. */
  public static final class Ulps extends JsonSerializer<Long> {
    @Override
    public void serialize(Long ulp, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(ulps(ulp), json);
    }
  }

  /** A distance; NaN against a number is infinitely far. */
  public static Object ulps(long distance) {
    return distance == Long.MAX_VALUE ? "Infinity" : (Object) distance;
  }

  private abstract static class WorstUlpMixIn {
    @SuppressWarnings("UnusedVariable") // Jackson reads its annotation.
    @JsonSerialize(using = Ulps.class)
    long worstUlp;
  }

  private static final class Tokens extends JsonSerializer<Enum<?>> {
    @Override
    public void serialize(Enum<?> value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(token(value));
    }
  }

  /** A verdict, a status or a kind as one word: {@code other-function}. */
  public static String token(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Json() {}

  /** One object with the field {@code schema} in front, ending in a line break. */
  public static String object(String command, Object record) {
    ObjectNode object = MAPPER.createObjectNode();
    object.put("schema", "bitref." + command + "/1");
    object.setAll((ObjectNode) MAPPER.valueToTree(record));
    return text(object);
  }

  /**
   * Records as a table: a component is a column, those of a record inside it are called {@code
   * outer.inner}. Lists of numbers or texts stand in one cell, lists of records are left out.
   */
  static Table<Map<String, String>> table(List<?> records) {
    List<Map<String, String>> rows = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (Object record : records) {
      Map<String, String> row = new LinkedHashMap<>();
      MAPPER
          .valueToTree(record)
          .properties()
          .forEach(field -> cells(row, field.getKey(), field.getValue()));
      names.addAll(row.keySet());
      rows.add(row);
    }
    Table<Map<String, String>> table = Table.of(rows);
    names.forEach(name -> table.column(name, row -> row.getOrDefault(name, "")));
    return table;
  }

  private static void cells(Map<String, String> row, String name, JsonNode value) {
    if (value.isObject()) {
      value
          .properties()
          .forEach(field -> cells(row, name + "." + field.getKey(), field.getValue()));
    } else if (value.isArray()) {
      if (value.isEmpty() || value.get(0).isValueNode()) {
        row.put(name, value.toString());
      }
    } else {
      row.put(name, value.isNull() ? "" : value.asText());
    }
  }

  /** Any record as it is, ending in a line break; a terminal can show it, see {@link Text}. */
  public static String text(Object record) {
    try {
      return Text.lines(MAPPER.writeValueAsString(record) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
