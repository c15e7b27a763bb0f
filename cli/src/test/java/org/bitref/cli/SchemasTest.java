package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bitref.cli.console.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The schema files of the documents. What tests read of standard output is held against them in
 * {@link Cli#json}.
 */
class SchemasTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temp;

  static List<String> names() {
    return Schemas.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFileIsASchemaAndLeavesNothingOpen(String name) throws IOException {
    String dialect = SpecificationVersion.DRAFT_2020_12.getDialectId();
    JsonNode schema = JSON.readTree(Schemas.text(name));
    assertEquals(dialect, schema.get("$schema").asText());
    assertEquals(
        List.of(),
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of(dialect))
            .validate(Schemas.text(name), InputFormat.JSON));
    closed(schema, name);
    if (!name.equals("common")) {
      assertEquals("bitref." + name + "/1", schema.at("/properties/schema/const").asText());
    }
  }

  /** Every object says what it may hold and what it must. */
  private static void closed(JsonNode at, String place) {
    if (at.path("type").asText().equals("object")) {
      assertTrue(at.has("additionalProperties"), place);
      Set<String> fields = new HashSet<>();
      at.path("properties").fieldNames().forEachRemaining(fields::add);
      if (!fields.isEmpty()) {
        assertEquals("false", at.get("additionalProperties").asText(), place);
        assertTrue(at.has("required"), place);
      }
      at.path("required").forEach(field -> assertTrue(fields.contains(field.asText()), place));
    }
    at.properties().forEach(field -> closed(field.getValue(), place + "/" + field.getKey()));
    if (at.isArray()) {
      at.forEach(item -> closed(item, place));
    }
  }

  @Test
  void everyCommandHasASchema() {
    Session session = new Session(OutputStream.nullOutputStream(), System.err, false);
    Set<String> expected = new TreeSet<>(List.of("common", "error"));
    commands(Commands.all(session), "", expected);
    assertEquals(new ArrayList<>(expected), Schemas.names());
  }

  private static void commands(CommandLine command, String prefix, Set<String> names) {
    command
        .getSubcommands()
        .forEach(
            (name, child) -> {
              if (child.getSubcommands().isEmpty()) {
                names.add(prefix + name);
              } else {
                commands(child, prefix + name + ".", names);
              }
            });
  }

  @Test
  void whatIsNotInASchemaIsRefused() throws IOException {
    ObjectNode good = (ObjectNode) compare().exits(0).json();
    for (String pointer : List.of("", "/stages/0", "/stages/0/ulp", "/tensors", "/paths")) {
      ObjectNode more = good.deepCopy();
      ((ObjectNode) more.at(pointer)).put("new", 1);
      assertFalse(Schemas.errors(more).isEmpty(), pointer);
      ObjectNode less = good.deepCopy();
      ObjectNode part = (ObjectNode) less.at(pointer);
      part.remove(part.fieldNames().next());
      assertFalse(Schemas.errors(less).isEmpty(), pointer);
    }
    ObjectNode sentence = good.deepCopy().put("verdict", "Equal: all tensors.");
    assertFalse(Schemas.errors(sentence).isEmpty());
    ObjectNode text = good.deepCopy();
    ((ObjectNode) text.at("/stages/0")).put("total", "100");
    assertFalse(Schemas.errors(text).isEmpty());
    ObjectNode range = good.deepCopy();
    ObjectNode bucket = (ObjectNode) range.at("/stages/0/ulp_histogram/0");
    assertEquals(JSON.readTree("[0, 0]"), bucket.get("ulp"));
    bucket.set("ulp", JSON.readTree("[5]"));
    assertFalse(Schemas.errors(range).isEmpty());
    ((ArrayNode) bucket.get("ulp")).add("Infinity");
    assertEquals(List.of(), Schemas.errors(range));
  }

  private static Cli compare() {
    return Cli.run("compare", Cli.CAPTURE, Cli.CAPTURE, "--format", "json");
  }

  @Test
  void theSmallCommandsPrintWhatTheirSchemasSay() {
    for (String command : List.of("man", "completion fish", "recipes show hf-f32")) {
      Cli.run((Object[]) (command + " --format json").split(" ")).exits(0).json();
    }
    Cli.run("recipes", "diff", "hf-f32", "hf-bf16-eager", "--format=json").exits(0).json();
    Object[] probe = {
      "probe", "make", "--functions=exp", "--dtype=f16", "--shape=4x8", "-o", temp.resolve("p")
    };
    assertEquals(
        temp.resolve("p").toString(),
        Cli.run(Stream.concat(Stream.of(probe), Stream.of("--format=json")).toArray())
            .exits(0)
            .json()
            .get("path")
            .asText());
  }

  @ParameterizedTest
  @CsvSource({
    "'compare nowhere.npz nowhere.npz --format json', 3, compare, nowhere.npz",
    "'inspect --FORMAT json', 2, none, none",
    "'--format=JSON', 2, null, null",
    "'--format json bundle', 2, bundle, null",
    "'bundle verify --format json', 2, bundle.verify, null",
    "'bundle verify nowhere.zip --format=json', 3, bundle.verify, nowhere.zip",
    "'compare --format json --no-such-option', 2, compare, null",
    "'compair --format json', 2, null, null",
    "'inspect x --format markdown --format json', 2, inspect, null",
    "'recipes show no-such-recipe --threads 0 --format json', 2, recipes.show, null",
    "'inspect -- --format json', 2, none, none",
  })
  void aFailureIsOneObject(String words, int code, String command, String where) {
    Cli run = Cli.run((Object[]) words.split(" ")).exits(code);
    assertTrue(run.err().startsWith("bitref: "), run.err());
    if (command.equals("none")) {
      assertEquals("", run.out());
      return;
    }
    JsonNode json = run.json();
    assertEquals("bitref.error/1", json.get("schema").asText());
    assertEquals(command, json.get("command").asText());
    JsonNode error = json.get("error");
    assertEquals(code, error.get("code").asInt());
    assertTrue(error.get("where").asText().contains(where), run.out());
    assertTrue(run.err().contains(error.get("what").asText()), run.err());
    assertTrue(
        run.err().contains(error.get("hint").asText().replaceFirst(" Try: .*", "")), run.err());
  }

  static List<Throwable> failures() {
    return List.of(
        new OutOfMemoryError("Java heap space"), new IllegalStateException("a\nb"), new Error());
  }

  @ParameterizedTest
  @MethodSource("failures")
  void anErrorOfTheProgramIsOneObjectToo(Throwable failure) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream messages = new PrintStream(err, true, StandardCharsets.UTF_8);
    Session session = new Session(out, messages, false);
    Failures failures = new Failures(session);
    failures.read(Commands.all(session), "probe", "decode", "--format", "json");
    int code = failures.code(failure);
    String printed = out.toString(StandardCharsets.UTF_8);
    JsonNode json = new Cli(code, printed, err.toString(StandardCharsets.UTF_8)).exits(70).json();
    assertEquals("probe.decode", json.get("command").asText());
    assertEquals(70, json.at("/error/code").asInt());
    failures.code(failure);
    assertEquals(printed, out.toString(StandardCharsets.UTF_8), "one object is all");
  }

  @Test
  void aFailureInAFileOfArgumentsIsOneObject() throws IOException {
    Path file = temp.resolve("arguments");
    Files.writeString(file, "--format json\ncompare nowhere.npz nowhere.npz");
    assertEquals("compare", Cli.run("@" + file).exits(3).json().get("command").asText());
    Files.writeString(file, "a ".repeat(5000));
    JsonNode json = Cli.run("inspect", "--format=json", "@" + file).exits(3).json();
    assertEquals(file.toString(), json.at("/error/where").asText());
  }
}
