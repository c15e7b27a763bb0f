package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.cli.console.Session;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** No run writes over what it reads, under whatever name, nor twice over one file. */
class InputsTest {
  private static final Set<String> OUTPUTS =
      Set.of("-o", "--html", "--csv", "--junit", "--kv", "--recipe-out", "--save");

  /** Every command that has an output, with every option that names an input. */
  private static final List<String> LINES =
      List.of(
          "golden model --inputs prompt.safetensors --recipe my.recipe --anchor b.safetensors"
              + " --engine layers.json",
          "compare a.safetensors b.safetensors --nearest capture.safetensors --truth model --recipe"
              + " my.recipe --map map.json --rules rules.json",
          "explain a.safetensors b.safetensors --model model --map map.json --inputs"
              + " prompt.safetensors --weights capture.safetensors --layers-info layers.json"
              + " --catalogue catalogue.json",
          "gemm a.safetensors --x x --w w --recipe catalogue:catalogue.json#e",
          "identify a.safetensors --x x --w w --y y --map map.json --layers-info layers.json"
              + " --catalogue catalogue.json",
          "pack a.safetensors trt=b.safetensors in=prompt.safetensors w=capture.safetensors --model"
              + " model --map map.json --layers-info layers.json",
          "sweep experiment.json",
          "predict model --inputs prompt.safetensors --a my.recipe --b catalogue:catalogue.json#e",
          "probe make --shape 8x4x2 --dtype f16 --mode weights --weights a.safetensors:w",
          "probe decode asked asked/outputs.safetensors",
          "bundle make a.safetensors --stage x --model model --recipe catalogue:catalogue.json#e");

  /** Commands whose option -o names a folder. */
  private static final Set<String> FOLDERS = Set.of("sweep", "synth", "probe make", "probe decode");

  /** Options that name no file. */
  private static final Set<String> NO_FILES =
      Set.of(
          "bundle make --bias --c --cols --rows --system --w --w-scale --x --x-scale --y",
          "compare --allow-missing --dtype --shape --token-block",
          "demo ",
          "explain --device --layers --stages --systems",
          "gemm --bias --c --name --shape --w-scale --x-scale",
          "golden --chunk --kv-dtype --kv-layout --kv-tokens --layers --stages",
          "identify --bias --c --cols --device --rows --shape --w-scale --x-scale",
          "pack --cols --layers --rows --stages --systems",
          "predict --layers --length --measure --prompts",
          "probe decode ",
          "probe make --bias --functions --output-dtype",
          "sweep ",
          "synth --layers --like --shard-size --tokens");

  @TempDir static Path temp;

  @BeforeAll
  static void inputs() throws IOException {
    Tensor ones = Tensor.ofShorts(DType.F16, Shape.of(2, 2), new short[] {1, 0, 0, 0x3C00});
    for (String file : List.of("a.safetensors", "b.safetensors")) {
      SafetensorsWriter.write(
          temp.resolve(file),
          Map.of(),
          Stream.of("x", "w", "y").map(name -> TensorEntry.of(name, ones)).toList(),
          false);
    }
    SafetensorsWriter.write(
        temp.resolve("capture.safetensors"),
        Map.of(),
        List.of(TensorEntry.of("in.hidden", ones), TensorEntry.of("s.input_ln", ones)),
        false);
    Files.createDirectory(temp.resolve("model"));
    try (Stream<Path> files = Files.list(Path.of(Cli.MODEL))) {
      for (Path file : files.toList()) {
        Files.copy(file, temp.resolve("model").resolve(file.getFileName()));
      }
    }
    Files.copy(Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors"), file("prompt.safetensors"));
    text("my.recipe", Cli.run("recipes", "show", "hf-f32").exits(0).out());
    text("map.json", "{\"rules\": [], \"others\": \"keep\"}");
    text("rules.json", "{\"rules\": [{\"tensors\": \".*\", \"require\": \"equal\"}]}");
    text(
        "layers.json",
        "{\"Layers\": [{\"Name\": \"l\", \"TacticName\": \"t\", \"Outputs\": [{\"Name\":"
            + " \"y\"}]}]}");
    text(
        "catalogue.json",
        """
        {"schema": "bitref.catalogue/1", "recipes": [{"name": "e", "recipe":
        "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)"}]}
        """);
    text(
        "experiment.json",
        """
        {"captures": ["capture.safetensors"], "model": "model",
         "hypotheses": [{"name": "h", "rules": {".*": "catalogue:%s#e"}}]}
        """
            .formatted(file("catalogue.json")));
    Cli.run("probe", "make", "--shape", "8x4x2", "--dtype", "f16", "-o", file("asked")).exits(0);
    Files.copy(file("a.safetensors"), file("asked/outputs.safetensors"));
    Files.createSymbolicLink(file("link"), temp);
  }

  private static Path file(String name) {
    return temp.resolve(name);
  }

  private static void text(String name, String content) throws IOException {
    Files.writeString(file(name), content);
  }

  /** The words of a line; those that name files do it by their whole paths. */
  private static List<Object> words(String line) {
    List<Object> words = new ArrayList<>();
    for (String word : line.split(" ", -1)) {
      Path file = file(bare(word));
      words.add(Files.exists(file) ? word.replace(bare(word), file.toString()) : word);
    }
    return words;
  }

  /** Without what surrounds the name of a file. */
  private static String bare(String word) {
    return word.replaceAll("^(catalogue:|trt=|in=|w=)|#e$|:w$", "");
  }

  /** The files that a line reads; of a folder its members. */
  private static Set<Path> read(String line) throws IOException {
    Set<Path> read = new TreeSet<>();
    String more = line.startsWith("sweep") ? " capture.safetensors model catalogue.json" : "";
    for (String word : (line + more).split(" ", -1)) {
      Path file = file(bare(word));
      if (word.equals("asked")) {
        read.addAll(List.of(file("asked/manifest.json"), file("asked/inputs.safetensors")));
      } else if (Files.isDirectory(file)) {
        try (Stream<Path> members = Files.list(file)) {
          members.forEach(read::add);
        }
      } else if (Files.exists(file)) {
        read.add(file);
      }
    }
    return read;
  }

  private static SortedMap<String, String> state() throws IOException {
    SortedMap<String, String> state = new TreeMap<>();
    try (Stream<Path> files = Files.walk(temp)) {
      files.filter(Files::isRegularFile).forEach(file -> state.put(file.toString(), state(file)));
    }
    return state;
  }

  private static String state(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return now.fileKey() + " " + now.size() + " " + now.lastModifiedTime();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CommandLine commands() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Commands.all(new Session(nowhere, nowhere, false));
  }

  private static String name(String line) {
    Set<String> two = Set.of("probe", "bundle");
    String[] words = line.split(" ", -1);
    return two.contains(words[0]) ? words[0] + " " + words[1] : words[0];
  }

  private static CommandSpec command(String line) {
    CommandLine command = commands();
    for (String word : name(line).split(" ", -1)) {
      command = command.getSubcommands().get(word);
    }
    return command.getCommandSpec();
  }

  private static List<String> outputs(CommandSpec command) {
    return command.options().stream()
        .map(OptionSpec::shortestName)
        .filter(OUTPUTS::contains)
        .sorted()
        .toList();
  }

  /** The same file under four names, one after the other. */
  private static Path spelled(Path file, int n) throws IOException {
    Path relative = temp.relativize(file);
    return switch (n % 4) {
      case 0 -> file;
      case 1 -> Path.of(temp + "/./" + relative);
      case 2 -> file("link").resolve(relative);
      default -> {
        Path hard = file("hard-" + relative.toString().replace('/', '-'));
        yield Files.exists(hard) ? hard : Files.createLink(hard, file);
      }
    };
  }

  /** A run whose outputs are these, and a new file where another one is needed. */
  private static Cli run(String line, Map<String, Path> outputs, String... more) {
    List<Object> args = words(line);
    outputs.forEach(
        (option, file) ->
            args.addAll(List.of(option, option.equals("--save") ? file + "#n" : file)));
    if (command(line).findOption("-o") != null && !outputs.containsKey("-o")) {
      args.addAll(List.of("-o", file("new")));
    }
    args.addAll(List.of(more));
    return Cli.run(args.toArray()).exits(3);
  }

  private static boolean isFolder(String line, String output) {
    return FOLDERS.contains(name(line)) && output.equals("-o");
  }

  @ParameterizedTest
  @FieldSource("LINES")
  void anOutputIsNoInput(String line) throws IOException {
    int n = 0;
    for (String output : outputs(command(line))) {
      for (Path input : read(line)) {
        Path target = spelled(input, n++);
        SortedMap<String, String> before = state();
        Cli run = run(line, Map.of(output, target), "--force");
        assertEquals(before, state(), () -> output + " " + target);
        // A folder cannot be a file in the first place.
        if (!isFolder(line, output)) {
          assertTrue(run.err().contains(target + ": is also an input"), run.err());
        }
      }
    }
    assertTrue(n > 0, line);
  }

  @ParameterizedTest
  @CsvSource({
    "probe decode asked asked/outputs.safetensors -o asked",
    "probe decode asked asked/outputs.safetensors -o link/asked",
    "probe make --shape 8x4x2 --dtype f16 --mode weights --weights model/y.safetensors:y -o model",
    "sweep swept/matrix.json -o swept",
    "sweep swept/cells/0.json -o swept",
  })
  void aFolderThatHoldsAnInputIsNotReplaced(String line) throws IOException {
    Files.createDirectories(file("swept/cells"));
    Files.writeString(file("swept/matrix.json"), Files.readString(file("experiment.json")));
    Files.writeString(file("swept/cells/0.json"), Files.readString(file("experiment.json")));
    SortedMap<String, String> before = state();
    List<Object> args = words(line);
    args.add("--force");
    Cli run = Cli.run(args.toArray()).exits(3);
    assertEquals(before, state());
    assertTrue(
        run.err().contains("is also an input") || run.err().contains("is no part of a probe"),
        run.err());
  }

  /** Without an index every file of the folder would be read the next time. */
  @ParameterizedTest
  @CsvSource({
    "gemm parts --x x --w w --recipe cublas-f16-accum16 -o, c.safetensors, true",
    "gemm parts --x x --w w --recipe cublas-f16-accum16 -o, c.npz, false",
    "golden model --inputs prompt.safetensors --stages rope.cos -o, c.safetensors, false",
  })
  void anOutputBecomesNoPartOfAnInput(String line, String name, boolean refused)
      throws IOException {
    Files.createDirectories(file("parts"));
    Files.copy(
        file("a.safetensors"), file("parts/a.safetensors"), StandardCopyOption.REPLACE_EXISTING);
    List<Object> args = words(line);
    Path out = file(line.contains("parts") ? "parts" : "model").resolve(name);
    args.add(out);
    Cli run = Cli.run(args.toArray()).exits(refused ? 3 : 0);
    assertEquals(!refused, Files.deleteIfExists(out));
    Files.deleteIfExists(Path.of(out + ".metadata.json"));
    assertEquals(refused, run.err().contains("would become a part of the input"), run.err());
  }

  static Stream<String> linesOfSeveralOutputs() {
    return LINES.stream().filter(line -> outputs(command(line)).size() > 1);
  }

  @ParameterizedTest
  @MethodSource("linesOfSeveralOutputs")
  void noTwoOutputsAreOneFile(String line) throws IOException {
    Path folder = Files.createDirectories(file("twice"));
    List<String> outputs = outputs(command(line));
    for (String one : outputs) {
      for (String other : outputs.subList(0, outputs.indexOf(one))) {
        for (String spelling : List.of("matrix.json", "./matrix.json", "MATRIX.json")) {
          Path first = isFolder(line, one) ? folder : folder.resolve("matrix.json");
          Path second = Path.of(folder + "/" + spelling);
          Cli run = run(line, Map.of(one, first, other, second));
          assertTrue(
              run.err().contains("is named for two outputs")
                  || run.err().contains("is in a folder that is replaced"),
              run.err());
        }
      }
    }
    assertEquals(0, folder.toFile().list().length);
  }

  /** Files beside the one that is named are outputs, too. */
  @ParameterizedTest
  @CsvSource({
    "golden model --inputs prompt.safetensors -o, new.npz, --kv, new.npz.metadata.json",
    "compare a.safetensors b.safetensors --csv, new.csv, --html, new.heads.csv",
  })
  void filesBesideAnOutputAreOutputs(String line, String name, String other, String beside)
      throws IOException {
    List<Object> args = words(line);
    args.addAll(List.of(file(name), other, file(beside)));
    assertTrue(Cli.run(args.toArray()).exits(3).err().contains("is named for two outputs"));
  }

  /** What a command takes is an output, an input of a line above, or names no file. */
  @Test
  void everyArgumentIsSorted() {
    List<String> commands = new ArrayList<>();
    collect(commands(), commands);
    Set<String> others = new TreeSet<>();
    for (String command : commands) {
      String named =
          LINES.stream().filter(line -> name(line).equals(command)).collect(Collectors.joining());
      String rest =
          command(command).options().stream()
              .filter(option -> !option.inherited() && option.arity().max() > 0)
              .map(OptionSpec::shortestName)
              .filter(name -> !OUTPUTS.contains(name) && !named.contains(name + " "))
              .sorted()
              .collect(Collectors.joining(" "));
      others.add(command + " " + rest);
    }
    assertEquals(new TreeSet<>(NO_FILES), others);
  }

  private static void collect(CommandLine command, List<String> names) {
    CommandSpec spec = command.getCommandSpec();
    if (!outputs(spec).isEmpty()) {
      names.add(spec.qualifiedName().replaceFirst("bitref ", ""));
    }
    command.getSubcommands().values().forEach(one -> collect(one, names));
  }
}
