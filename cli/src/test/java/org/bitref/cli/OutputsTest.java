package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.cli.console.Session;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** No command replaces a file that it was not told to replace. */
class OutputsTest {
  /** Every command and option that names an output; DIR holds what inputs() writes. */
  private static final List<String> COMMANDS =
      List.of(
          "demo -o",
          "golden MODEL --inputs CAPTURE -o",
          "golden MODEL --inputs CAPTURE -o DIR/new --kv",
          "compare DIR/a.safetensors DIR/a.safetensors --html",
          "compare DIR/a.safetensors DIR/a.safetensors --csv",
          "compare DIR/a.safetensors DIR/a.safetensors --junit",
          "explain DIR/a.safetensors DIR/b.safetensors --html",
          "explain DIR/a.safetensors DIR/b.safetensors --csv",
          "explain DIR/a.safetensors DIR/b.safetensors --recipe-out",
          "gemm DIR/a.safetensors --x x --w w --recipe cublas-f16-accum16 -o",
          "identify DIR/a.safetensors --x x --w w --y y --html",
          "pack DIR/capture.safetensors CAPTURE -o",
          "sweep DIR/experiment.json --csv",
          "sweep DIR/experiment.json --html",
          "sweep DIR/experiment.json -o",
          "predict MODEL --inputs CAPTURE --a hf-f32 --b hf-f16-eager --csv",
          "predict MODEL --inputs CAPTURE --a hf-f32 --b hf-f16-eager --html",
          "probe make --shape 8x16x8 --dtype f16 --mode free -o",
          "synth --like 2b --layers 1 -o",
          "bundle make DIR/a.safetensors --x x --w w --y y --recipe cublas-f16-accum16 -o");

  /** Written only when another round is needed, or into a file of many entries: tested there. */
  private static final Set<String> ELSEWHERE =
      Set.of("bitref probe decode -o", "bitref probe decode --save");

  private static final byte[] KEPT = "kept".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temp;

  @BeforeEach
  void inputs() throws IOException {
    Tensor x = Tensor.ofShorts(DType.F16, Shape.of(2, 2), new short[] {0x3C00, 0, 0, 0x3C00});
    for (String file : List.of("a", "b")) {
      SafetensorsWriter.write(
          temp.resolve(file + ".safetensors"),
          Map.of(),
          Stream.of("x", "w", "y").map(name -> TensorEntry.of(name, x)).toList(),
          false);
    }
    Tensor weight = Tensor.ofShorts(DType.F16, Shape.of(2), new short[] {0x3C00, 0x3C00});
    SafetensorsWriter.write(
        temp.resolve("capture.safetensors"),
        Map.of(),
        List.of(
            TensorEntry.of("in.hidden", x),
            TensorEntry.of("w.input_ln", weight),
            TensorEntry.of("s.input_ln", x)),
        false);
    Files.writeString(
        temp.resolve("experiment.json"),
        """
        {"captures": ["capture.safetensors"],
         "hypotheses": [{"name": "h", "rules": {".*": "hf-f32"}}]}
        """);
  }

  static List<String> commands() {
    return COMMANDS;
  }

  private Cli run(String line, Object... more) {
    List<Object> words = new ArrayList<>();
    for (String word : line.split(" ", -1)) {
      words.add(
          switch (word) {
            case "MODEL" -> Cli.MODEL;
            case "CAPTURE" -> Cli.CAPTURE;
            default -> word.replace("DIR", temp.toString());
          });
    }
    words.addAll(Arrays.asList(more));
    return Cli.run(words.toArray());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void anExistingOutputIsRefused(String line) throws IOException {
    Path output = Files.write(temp.resolve("output"), KEPT);
    Cli run = run(line, output).exits(3);
    assertEquals("", run.out());
    assertTrue(run.err().contains(output.toString()), run.err());
    assertArrayEquals(KEPT, Files.readAllBytes(output));
    if (!line.startsWith("sweep") || line.endsWith("--csv") || line.endsWith("--html")) {
      assertTrue(run.err().contains("exists already"), run.err());
      assertTrue(run.err().contains("--force"), run.err());
    }
  }

  /** Not even with --force, which is not advised either. */
  @ParameterizedTest
  @MethodSource("commands")
  void whatIsNoFileIsRefused(String line) throws IOException {
    Path socket = temp.resolve("output");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
    }
    Path link = Files.createSymbolicLink(temp.resolve("link"), socket);
    Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), temp.resolve("nowhere"));
    for (Path output : List.of(socket, link, dangling)) {
      Cli run = run(line, output, "--force").exits(3);
      assertTrue(run.err().contains(output.toString()), run.err());
      assertFalse(run.err().contains("replace it with --force"), run.err());
    }
    assertTrue(Files.isSymbolicLink(link) && Files.isSymbolicLink(dangling));
    assertTrue(Files.exists(socket) && !Files.isRegularFile(socket));
  }

  /** All but a checkpoint, which is large. */
  static Stream<String> smallOnes() {
    return COMMANDS.stream().filter(line -> !line.startsWith("synth"));
  }

  /** A run that was killed has left it. */
  @ParameterizedTest
  @MethodSource("smallOnes")
  void whatIsLeftOfTheSameOutputIsDeleted(String line) throws IOException {
    Path output = Files.write(temp.resolve("output"), KEPT);
    Path left = Files.write(temp.resolve(".output.tmp-0123456789abcd"), KEPT);
    Path foreign = Files.write(temp.resolve(".outputs.tmp-0123456789abcd"), KEPT);
    if (line.startsWith("sweep") && line.endsWith("-o")) {
      Files.delete(output);
      left =
          Files.move(
              left, Files.createDirectories(output.resolve("cells")).resolve(left.getFileName()));
    } else if (line.startsWith("probe")) {
      Files.delete(output);
    }
    // So that it ends soon after the outputs are checked.
    run(line.replace("MODEL", "nowhere"), output, "--force", "--threads", "1");
    assertFalse(Files.exists(left));
    assertTrue(Files.exists(foreign));
  }

  @ParameterizedTest
  @CsvSource({
    "compare DIR/a.safetensors DIR/a.safetensors --html, 0",
    "compare DIR/a.safetensors DIR/a.safetensors --junit, 0",
    "compare DIR/a.safetensors DIR/a.safetensors --csv, 0",
    "gemm DIR/a.safetensors --x x --w w --recipe cublas-f16-accum16 -o, 0",
    "identify DIR/a.safetensors --x x --w w --y y --html, 4",
    "bundle make DIR/a.safetensors --x x --w w --y y --recipe cublas-f16-accum16 -o, 0"
  })
  void forceReplacesIt(String line, int code) throws IOException {
    Path output = Files.write(temp.resolve("output"), KEPT);
    run(line, output, "--force").exits(code);
    assertTrue(Files.size(output) > KEPT.length);
  }

  /** An npz or JSON cannot hold metadata, so a second file is written. */
  @ParameterizedTest
  @CsvSource({"npz", "json"})
  void theFileBesideAnOutputIsRefusedAsWell(String extension) throws IOException {
    Path output = temp.resolve("y." + extension);
    Path beside = Files.write(temp.resolve("y." + extension + ".metadata.json"), KEPT);
    String line = "gemm DIR/a.safetensors --x x --w w --recipe cublas-f16-accum16 -o";
    assertTrue(run(line, output).exits(3).err().contains("exists already"));
    assertArrayEquals(KEPT, Files.readAllBytes(beside));
    run(line, output, "--force").exits(0);
    assertTrue(Files.readString(beside).contains("recipe"));
    String shown = Cli.run("inspect", output).exits(0).out();
    assertTrue(shown.contains("y") && shown.contains("[2,2]"), shown);
  }

  /** A disk is not full at every file: here one's temporary name is too long for any disk. */
  @Test
  void aFailedWriteNamesTheFileThatFailed() throws IOException {
    Path out = temp.resolve("g.safetensors");
    Path kv = temp.resolve("k".repeat(250));
    String line = "golden MODEL --inputs CAPTURE --stages kv.* -o";
    String message = run(line, out, "--kv", kv).exits(3).err();
    assertTrue(message.contains("bitref: " + kv + ": cannot be written: "), message);
    assertTrue(message.contains("--resume") && message.contains(out + ".partial"), message);
    assertFalse(Files.exists(out));
    run(line, out, "--kv", temp.resolve("kv"), "--resume").exits(0);
  }

  /** A command that gets an output joins the list above. */
  @Test
  void everyOutputIsTested() {
    Set<String> tested = new TreeSet<>(ELSEWHERE);
    for (String line : COMMANDS) {
      String command =
          Arrays.stream(line.split(" ", -1))
              .takeWhile(word -> word.matches("[a-z]+"))
              .limit(line.startsWith("sweep") ? 1 : 2)
              .collect(Collectors.joining(" "));
      tested.add("bitref " + command + line.substring(line.lastIndexOf(' ')));
    }
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    Set<String> there = new TreeSet<>();
    collect(Commands.all(new Session(nowhere, nowhere, false)), there);
    assertEquals(tested, there);
  }

  private static void collect(CommandLine command, Set<String> outputs) {
    Set<String> names =
        Set.of("-o", "--html", "--csv", "--junit", "--kv", "--recipe-out", "--save");
    List<OptionSpec> options = command.getCommandSpec().options();
    for (OptionSpec option : options) {
      for (String name : option.names()) {
        if (names.contains(name)) {
          outputs.add(command.getCommandSpec().qualifiedName() + " " + name);
          assertTrue(
              command.getCommandSpec().findOption("--force") != null,
              command.getCommandSpec().qualifiedName());
        }
      }
    }
    command.getSubcommands().values().forEach(one -> collect(one, outputs));
  }
}
