package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** One run of the command line, in this process. */
public record Cli(int code, String out, String err) {
  /** The committed data. */
  public static final Path DEMO = Path.of(System.getProperty("bitref.demo.data"));

  /** The checkpoint in it. */
  public static final String MODEL = DEMO.resolve("tiny-qwen3-vl").toString();

  /** A capture of that checkpoint; also inputs of a prefill. */
  public static final String CAPTURE = DEMO.resolve("hf-cpu-bf16-eager.safetensors").toString();

  /** Runs to the end. */
  public static Cli run(Object... args) {
    String[] words = new String[args.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = args[i].toString();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(words, out, new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Cli(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Expects this exit code; returns this run. */
  public Cli exits(int expected) {
    assertEquals(expected, code, () -> "stdout:\n" + out + "\nstderr:\n" + err);
    return this;
  }

  /** Standard output as JSON, which must be as its schema says. */
  public JsonNode json() {
    try {
      JsonNode json = new ObjectMapper().readTree(out);
      assertEquals(List.of(), Schemas.errors(json), out);
      return json;
    } catch (JsonProcessingException e) {
      throw new AssertionError(out, e);
    }
  }
}
