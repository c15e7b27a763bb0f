package org.bitref.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The schema files of the documents. */
final class Schemas {
  /** Where they are. */
  static final Path FOLDER = Cli.DEMO.resolveSibling("docs").resolve("schema");

  private static final Pattern NAME = Pattern.compile("bitref\\.([a-z.]+)/1");

  /** They refer to each other by their names; no name is looked up anywhere else. */
  private static final String BASE = "bitref:/";

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(files()));

  private static final Map<String, Schema> READ = new ConcurrentHashMap<>();

  private Schemas() {}

  /** The names of all schemas. */
  static List<String> names() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.map(f -> f.getFileName().toString().replace(".json", "")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> files() {
    return names().stream().collect(Collectors.toMap(n -> BASE + n + ".json", Schemas::text));
  }

  /** A file's text. */
  static String text(String name) {
    try {
      return Files.readString(FOLDER.resolve(name + ".json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with an output, by the schema that it names. */
  static List<String> errors(JsonNode output) {
    Matcher name = NAME.matcher(output.path("schema").asText());
    if (!name.matches()) {
      return List.of("it names no schema");
    }
    Schema schema =
        READ.computeIfAbsent(
            name.group(1), n -> REGISTRY.getSchema(SchemaLocation.of(BASE + n + ".json")));
    List<Error> errors = schema.validate(output);
    return errors.stream().limit(5).map(Error::toString).toList();
  }
}
