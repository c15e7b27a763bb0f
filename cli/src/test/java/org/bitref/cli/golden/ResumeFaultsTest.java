package org.bitref.cli.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What may have happened to the results of a run that was killed, before another goes on. */
@Timeout(180)
class ResumeFaultsTest {
  private static final String STAGE = "layers.0.q_proj";

  @TempDir static Path shared;
  private static Path prompt;
  private static Path killed;
  private static byte[] whole;

  @TempDir Path temp;
  private Path out;
  private Path partial;

  @BeforeAll
  static void killARun() throws IOException, InterruptedException {
    prompt = GoldenProcess.prompt(shared.resolve("prompt.safetensors"));
    Path undisturbed = shared.resolve("whole.safetensors");
    Cli.run(arguments(Cli.MODEL, undisturbed)).exits(0);
    whole = Files.readAllBytes(undisturbed);
    Path half = shared.resolve("half.safetensors");
    killed = shared.resolve("half.safetensors.partial");
    try (GoldenProcess run =
        GoldenProcess.start(shared.resolve("log"), arguments(Cli.MODEL, half))) {
      run.awaitResults(killed, 12);
    }
    assertFalse(Files.exists(half));
  }

  private static Object[] arguments(Object model, Path out, Object... more) {
    Object[] first = {"golden", model, "--inputs", prompt, "--recipe", "exact", "-o", out};
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray();
  }

  @BeforeEach
  void copy() throws IOException {
    out = temp.resolve("g.safetensors");
    partial = GoldenProcess.copy(killed, temp.resolve("g.safetensors.partial"));
  }

  private void endsRight(Cli run) throws IOException {
    run.exits(0);
    assertArrayEquals(whole, Files.readAllBytes(out));
  }

  private void computedAgain() throws IOException {
    Cli run = Cli.run(arguments(Cli.MODEL, out, "--resume"));
    endsRight(run);
    assertTrue(run.err().contains(STAGE) && run.err().contains("computed again"), run.err());
    assertFalse(Files.exists(partial));
  }

  @Test
  void aSecondRunIsRefusedWhileOneWrites() throws IOException, InterruptedException {
    Path other = temp.resolve("other.safetensors");
    Path folder = temp.resolve("other.safetensors.partial");
    String[] slow = {"golden", Cli.MODEL, "--inputs", Cli.CAPTURE, "--recipe", "exact", "-o"};
    Object[] first = Stream.concat(Stream.of(slow), Stream.of(other.toString())).toArray();
    try (GoldenProcess run = GoldenProcess.start(temp.resolve("log"), first)) {
      run.awaitResults(folder, 3);
      for (String how : List.of("--force", "--resume", "--format=text")) {
        Cli second = Cli.run(arguments(Cli.MODEL, other, how)).exits(3);
        String process = "is being written by process " + run.process().pid() + " on ";
        assertTrue(second.err().contains(process), second.err());
      }
      assertTrue(run.process().isAlive());
    }
    Cli refused = Cli.run(arguments(Cli.MODEL, other, "--resume")).exits(3);
    assertTrue(refused.err().contains("a run with other inputs"), refused.err());
    Cli.run(arguments(Cli.MODEL, other, "--force")).exits(0);
    assertArrayEquals(whole, Files.readAllBytes(other));
  }

  @Test
  void aDamagedResultIsComputedAgain() throws IOException {
    Path part = GoldenProcess.result(partial, STAGE);
    byte[] bytes = Files.readAllBytes(part);
    bytes[bytes.length - 5] ^= 0x10;
    Files.write(part, bytes);
    computedAgain();
  }

  @Test
  void aResultOfAnotherTypeIsComputedAgain() throws IOException {
    rewrite(tensor -> tensor.cast(DType.F32));
    computedAgain();
  }

  @Test
  void aResultOfAnotherShapeIsComputedAgain() throws IOException {
    rewrite(tensor -> tensor.reshape(Shape.of(tensor.elements())));
    computedAgain();
  }

  private void rewrite(UnaryOperator<Tensor> change) throws IOException {
    Path part = GoldenProcess.result(partial, STAGE);
    try (TensorSource source = Sources.open(part)) {
      Tensor other = change.apply(source.read(STAGE));
      SafetensorsWriter.write(part, source.metadata(), List.of(TensorEntry.of(STAGE, other)), true);
    }
  }

  @Test
  void anotherStagesResultIsComputedAgain() throws IOException {
    Path q = GoldenProcess.result(partial, STAGE);
    Path other = GoldenProcess.result(partial, "layers.0.input_ln");
    Files.write(q, Files.readAllBytes(other));
    computedAgain();
  }

  @Test
  void aWeightThatChangedSinceIsNamed() throws IOException {
    Path model = GoldenProcess.copy(Path.of(Cli.MODEL), temp.resolve("tiny-qwen3-vl"));
    String name = "model.language_model.layers.0.self_attn.q_proj.weight";
    JsonNode tensors = Cli.run("inspect", model, "--format", "json").exits(0).json().get("tensors");
    for (JsonNode tensor : tensors) {
      if (tensor.get("name").asText().equals(name)) {
        Path shard = Path.of(tensor.get("path").asText());
        FileTime time = Files.getLastModifiedTime(shard);
        byte[] bytes = Files.readAllBytes(shard);
        bytes[tensor.get("offset").asInt() + 1000] ^= 1;
        Files.write(shard, bytes);
        Files.setLastModifiedTime(shard, time);
        Cli run = Cli.run(arguments(model, out, "--resume")).exits(3);
        assertTrue(run.err().contains(shard + ": tensor \"" + name + "\""), run.err());
        assertTrue(run.err().contains("is not what it was"), run.err());
        assertFalse(Files.exists(out));
        bytes[tensor.get("offset").asInt() + 1000] ^= 1;
        Files.write(shard, bytes);
      }
    }
    endsRight(Cli.run(arguments(model, out, "--resume")));
  }

  @Test
  void anEmptyFolderIsAFreshRun() throws IOException {
    for (Path file : GoldenProcess.results(partial)) {
      Files.delete(file);
    }
    endsRight(Cli.run(arguments(Cli.MODEL, out, "--resume")));
    Files.delete(out);
    Files.createDirectory(partial);
    endsRight(Cli.run(arguments(Cli.MODEL, out, "--resume")));
    Files.delete(out);
    Files.createDirectory(partial);
    endsRight(Cli.run(arguments(Cli.MODEL, out)));
    assertFalse(Files.exists(partial));
  }

  @Test
  void aFileOfTheUserIsNeitherUsedNorDeleted() throws IOException {
    List<String> names = List.of("notes.txt", STAGE + ".safetensors", "run.json");
    for (String name : names) {
      Files.writeString(partial.resolve(name), "mine");
    }
    Cli run = Cli.run(arguments(Cli.MODEL, out, "--force"));
    endsRight(run);
    assertTrue(run.err().contains("notes.txt"), run.err());
    for (String name : names) {
      assertEquals("mine", Files.readString(partial.resolve(name)));
    }
    assertEquals(names.size(), partial.toFile().list().length);
  }

  @Test
  void resultsOfARunThatIsNotKnownAreNotUsed() throws IOException {
    Object[] other = arguments(Cli.MODEL, out, "--resume", "--chunk", "3");
    try (Stream<Path> files = Files.list(partial)) {
      Path run = files.filter(file -> file.toString().endsWith(".json")).findFirst().orElseThrow();
      Files.writeString(run, "{");
    }
    Cli refused = Cli.run(other).exits(3);
    assertTrue(refused.err().contains("is damaged or missing"), refused.err());
    assertTrue(refused.err().contains("--force"), refused.err());
    endsRight(Cli.run(arguments(Cli.MODEL, out, "--resume")));
  }

  @Test
  void anotherPlaceOfTheSameFilesIsTheSameRun() throws IOException {
    Path model = GoldenProcess.copy(Path.of(Cli.MODEL), temp.resolve("tiny-qwen3-vl"));
    Cli run = Cli.run(arguments(model, out, "--resume", "--format", "json"));
    endsRight(run);
    assertTrue(run.json().get("resumed").asInt() >= 12, run.out());
  }
}
