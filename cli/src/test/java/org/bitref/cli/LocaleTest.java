package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command writes the same bytes whatever the language of the user. */
@Isolated
class LocaleTest {
  /** DIR holds what inputs() writes; what is written goes to DIR/out. */
  private static final List<String> COMMANDS =
      List.of(
          "compare --threads x",
          "inspect DIR/none",
          "completion fish",
          "recipes",
          "recipes show hf-bf16-eager",
          "recipes diff hf-bf16-eager hf-f32",
          "recipes show DIR/bad.recipe",
          "inspect DIR/a.safetensors --stats",
          "inspect DIR/short.safetensors",
          "compare DIR/a.safetensors DIR/b.safetensors --heads --token-block 2 --nearest"
              + " DIR/a.safetensors --html DIR/out/c.html --csv"
              + " DIR/out/c.csv",
          "compare DIR/a.safetensors DIR/b.safetensors --rules DIR/rules.json",
          "explain DIR/a.safetensors DIR/b.safetensors --html DIR/out/e.html",
          "explain DIR/capture.safetensors --csv DIR/out/e.csv",
          "gemm DIR/a.safetensors --x x --w w --recipe cublas-f16-accum16 -o DIR/out/y.npz",
          "pack DIR/capture.safetensors --rows 2 -o DIR/out/k.safetensors",
          "identify DIR/a.safetensors --x x --w w --y y --html DIR/out/i.html",
          "sweep DIR/experiment.json --csv DIR/out/s.csv",
          "probe make --shape 8x16x8 --dtype f16 --mode free -o DIR/out/probe",
          "bundle make DIR/a.safetensors --x x --w w --y y --recipe cublas-f16-accum16 -o"
              + " DIR/out/b.zip",
          "bundle verify DIR/out/b.zip");

  /** These take longer. */
  private static final List<String> RUNS =
      List.of(
          "golden MODEL --inputs CAPTURE --layers 0 -o DIR/out/g.safetensors --kv DIR/out/kv",
          "predict MODEL --inputs CAPTURE --a hf-f32 --b hf-f16-eager --prompts 1 --measure 2 --csv"
              + " DIR/out/p.csv");

  private final Locale before = Locale.getDefault();

  @TempDir Path temp;

  @AfterEach
  void restore() {
    Locale.setDefault(before);
  }

  @BeforeEach
  void inputs() throws IOException {
    dump("a", 1);
    dump("b", 2);
    Tensor x = matrix(5, 8, 8);
    SafetensorsWriter.write(
        temp.resolve("capture.safetensors"),
        Map.of(),
        List.of(
            TensorEntry.of("a.input_ln", x),
            TensorEntry.of("b.input_ln", x),
            TensorEntry.of("a.q_proj", matrix(6, 8, 8)),
            TensorEntry.of("b.q_proj", matrix(7, 8, 8)),
            TensorEntry.of("w.q_proj", matrix(8, 8, 8))),
        false);
    Files.writeString(
        temp.resolve("experiment.json"),
        """
        {"captures": ["capture.safetensors"],
         "hypotheses": [{"name": "h", "rules": {".*": "hf-f32"}}]}
        """);
    Files.writeString(
        temp.resolve("rules.json"),
        """
        {"rules": [{"tensors": ".*", "require": "max_abs < 0.001 or cosine >= 0.5"}]}
        """);
    Files.writeString(temp.resolve("bad.recipe"), ".* = cast(calc=f99,out=bf16)\n");
    Files.write(temp.resolve("short.safetensors"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
  }

  private void dump(String file, int seed) {
    List<TensorEntry> entries = new ArrayList<>();
    for (String name : List.of("x", "w", "y")) {
      entries.add(TensorEntry.of(name, matrix(seed + entries.size(), 8, 8)));
    }
    for (String name : List.of("kv.0.k", "kv.0.v", "kv.1.k", "kv.1.v", "kv.12.k", "kv.12.v")) {
      entries.add(TensorEntry.of(name, matrix(seed + entries.size(), 1, 2, 8, 8)));
    }
    SafetensorsWriter.write(temp.resolve(file + ".safetensors"), Map.of(), entries, false);
  }

  private static Tensor matrix(int seed, long... dims) {
    Random values = new Random(seed);
    Shape shape = Shape.of(dims);
    TensorBuilder matrix = new TensorBuilder(DType.F16, shape);
    for (int i = 0; i < shape.elements(); i++) {
      matrix.set(i, values.nextGaussian());
    }
    return matrix.build();
  }

  /** What the commands print and write, by command and by file. */
  private Map<String, String> all(List<String> commands, Locale locale) throws IOException {
    Locale.setDefault(locale);
    delete();
    Files.createDirectory(temp.resolve("out"));
    Map<String, String> all = new TreeMap<>();
    for (String command : commands) {
      Cli text = run(command, "text");
      Cli json = run(command, "json");
      assertEquals(text.code(), json.code(), command);
      all.put(command, text.code() + timeless(text.out() + text.err() + json.out() + json.err()));
    }
    try (Stream<Path> files = Files.walk(temp.resolve("out"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        boolean timed = file.toString().endsWith(".zip");
        String bytes = timed ? "" : Files.readString(file, StandardCharsets.ISO_8859_1);
        all.put(temp.relativize(file).toString(), timeless(bytes));
      }
    }
    return all;
  }

  private Cli run(String command, String format) {
    List<String> words = new ArrayList<>();
    for (String word : command.split(" ", -1)) {
      words.add(
          switch (word) {
            case "MODEL" -> Cli.MODEL;
            case "CAPTURE" -> Cli.CAPTURE;
            default -> word.replace("DIR", temp.toString());
          });
    }
    words.addAll(List.of("--format", format));
    if (command.contains(" DIR/out/") && !command.contains("verify")) {
      words.add("--force");
    }
    return Cli.run(words.toArray());
  }

  /** Without what clocks say, in ASCII digits; others stay and make a difference. */
  private static String timeless(String text) {
    return text.replaceAll("\\b[0-9]+[.][0-9]+( s\\b| G multiply)", "T$1")
        .replaceAll("\"(\\w*seconds|gmacs|created|time)\" : [-+.:TZE0-9\"]+", "T");
  }

  private void delete() throws IOException {
    Path out = temp.resolve("out");
    if (Files.exists(out)) {
      try (Stream<Path> files = Files.walk(out)) {
        for (Path file : files.toList().reversed()) {
          Files.delete(file);
        }
      }
    }
  }

  private void sameAsRoot(List<String> commands, String... tags) throws IOException {
    Map<String, String> expected = all(commands, Locale.ROOT);
    for (String tag : tags) {
      Locale locale = Locale.forLanguageTag(tag);
      Map<String, String> shown = all(commands, locale);
      for (Map.Entry<String, String> one : expected.entrySet()) {
        String text = shown.getOrDefault(one.getKey(), "nothing");
        int from = Math.max(0, firstDifference(one.getValue(), text) - 40);
        String what = "%s: %s: %s".formatted(tag, one.getKey(), part(text, from));
        assertEquals(part(one.getValue(), from), part(text, from), what);
        assertEquals(one.getValue().length(), text.length(), what);
      }
      assertEquals(expected.keySet(), shown.keySet());
    }
  }

  private static int firstDifference(String a, String b) {
    return Math.max(0, Arrays.mismatch(a.toCharArray(), b.toCharArray()));
  }

  private static String part(String text, int from) {
    return text.substring(Math.min(from, text.length()), Math.min(from + 120, text.length()));
  }

  /** Turkish has an i of its own; Arabic digits with it would be seen in every number. */
  @Test
  void ofAnotherLanguage() throws IOException {
    Locale locale = Locale.forLanguageTag("tr-u-nu-arab");
    assertEquals("\u0661", String.format(locale, "%d", 1));
    assertEquals("\u0131", "I".toLowerCase(locale));
    sameAsRoot(COMMANDS, "tr-u-nu-arab");
  }

  /** The library that reads the command line sorts options by the language; Main sees to that. */
  @Test
  void theProgramHasNoLanguage() throws IOException, InterruptedException {
    Locale.setDefault(Locale.ROOT);
    Path page = temp.resolve("page");
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-Duser.language=tr", "-XX:TieredStopAtLevel=1", "-cp"));
    words.addAll(List.of(System.getProperty("java.class.path"), Main.class.getName(), "man"));
    Process process =
        new ProcessBuilder(words)
            .redirectOutput(page.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, process.waitFor());
    assertEquals(Cli.run("man").exits(0).out(), Files.readString(page));
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "fa", "hi-u-nu-deva", "tr", "th-u-nu-thai", "lt", "de"})
  void ofManyLanguages(String tag) throws IOException {
    sameAsRoot(Stream.concat(COMMANDS.stream(), RUNS.stream()).toList(), tag);
  }
}
