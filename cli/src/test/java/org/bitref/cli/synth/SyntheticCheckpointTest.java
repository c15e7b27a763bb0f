package org.bitref.cli.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.cli.Cli;
import org.bitref.cli.console.NewFolder;
import org.bitref.cli.console.Session;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies;
import org.bitref.loaders.Sources;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.ModelConfig;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Qwen3Vl;
import org.bitref.model.Released;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticCheckpointTest {
  private static final ModelConfig SMALL =
      new ModelConfig(
          new Qwen3Vl(),
          999,
          64,
          2,
          4,
          2,
          16,
          96,
          1e-6,
          Frequencies.interleaved(5e6, List.of(4, 2, 2)),
          false,
          ModelConfig.VisionTokens.QWEN3_VL);

  @TempDir Path temp;

  private Path write(String name, long seed, int threads, long shardBytes) throws IOException {
    Path folder = Files.createDirectory(temp.resolve(name));
    Session session = new Session(OutputStream.nullOutputStream(), System.err, false);
    try (Workers workers = new Workers(threads)) {
      new SyntheticCheckpoint(SMALL, seed, shardBytes)
          .write(folder, workers, session.progress("synth", 1));
      new Prompt(SMALL, 250, seed).write(folder.resolve("inputs.safetensors"), workers);
    }
    return folder;
  }

  private static byte[] all(Path folder) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        bytes.writeBytes(Files.readAllBytes(file));
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void theLoadersTakeItForACheckpoint() throws IOException {
    Path folder = write("c", 1, 2, 100_000);
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        TensorSource inputs = Sources.open(folder.resolve("inputs.safetensors"))) {
      assertEquals(SMALL, checkpoint.config());
      PrefillInputs prompt = PrefillInputs.read(inputs, checkpoint.config());
      assertEquals(250, prompt.extent().tokens());
      assertEquals(2, prompt.features());
    }
    Cli run =
        Cli.run(
                "golden",
                folder,
                "--inputs",
                folder.resolve("inputs.safetensors"),
                "--stages",
                "layers.1.hidden",
                "-o",
                temp.resolve("g.safetensors"))
            .exits(0);
    assertTrue(run.out().startsWith("1 stage"), run.out());
  }

  @Test
  void theSeedFixesEveryBit() throws IOException {
    byte[] once = all(write("a", 7, 1, 100_000));
    assertArrayEquals(once, all(write("b", 7, 2, 100_000)));
    assertNotEquals(Arrays.hashCode(once), Arrays.hashCode(all(write("c", 8, 1, 100_000))));
  }

  /** Written down once, so that another machine or release cannot draw other bits unnoticed. */
  @Test
  void theFirstWordsAreKnown() throws IOException {
    try (TensorSource source = Sources.open(write("a", 0, 1, 1 << 30))) {
      Tensor table = source.read("model.language_model.embed_tokens.weight");
      StringBuilder words = new StringBuilder();
      for (int i = 0; i < 4; i++) {
        words.append(Long.toHexString(table.bits(i))).append(' ');
      }
      assertEquals("399b 3c1c bcd5 3ce3", words.toString().strip());
    }
  }

  @Test
  void valuesAreSpreadLikeATrainedModels() throws IOException {
    try (TensorSource source = Sources.open(write("a", 0, 1, 1 << 30))) {
      double[] up = source.read("model.language_model.layers.0.mlp.up_proj.weight").toDoubles();
      double squares = Arrays.stream(up).map(x -> x * x).sum() / up.length;
      assertEquals(1.0 / 64, squares, 0.1 / 64);
      double[] norm = source.read("model.language_model.norm.weight").toDoubles();
      assertTrue(Arrays.stream(norm).allMatch(x -> x > 0.2 && x < 5));
      Tensor down = source.read("model.language_model.layers.0.mlp.down_proj.weight");
      double largest = 0;
      double smallest = Double.MAX_VALUE;
      for (int row = 0; row < 64; row++) {
        double norm2 = Arrays.stream(down.rows(row, row + 1).toDoubles()).map(x -> x * x).sum();
        largest = Math.max(largest, norm2);
        smallest = Math.min(smallest, norm2);
      }
      assertTrue(largest > 100 * smallest, "one channel stands out");
    }
  }

  @Test
  void shardsHoldNoMoreThanAsked() throws IOException {
    Path folder = write("a", 0, 1, 130_000);
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> shards = files.filter(f -> f.toString().contains("model-0")).toList();
      assertTrue(shards.size() >= 3, shards.toString());
      for (Path shard : shards) {
        assertTrue(Files.size(shard) < 140_000, shard.toString());
      }
    }
  }

  @Test
  void thePromptIsThatOfTheSpecification() {
    Prompt prompt = new Prompt(Released.of("8b"), 3006, 0);
    assertEquals(16, prompt.images());
    assertEquals(0, new Prompt(SMALL, 1, 0).images());
    assertEquals(0, new Prompt(SMALL, 201, 0).images());
    assertEquals(1, new Prompt(SMALL, 202, 0).images());
  }

  @Test
  void aFolderAppearsWholeOrNotAtAll() throws IOException {
    Path target = temp.resolve("new");
    assertThrows(
        IllegalStateException.class,
        () ->
            folder(
                target,
                false,
                folder -> {
                  throw new IllegalStateException(folder.toString());
                }));
    try (Stream<Path> left = Files.list(temp)) {
      assertEquals(0, left.count());
    }
    folder(target, false, folder -> touch(folder.resolve("config.json")));
    assertTrue(Files.exists(target.resolve("config.json")));
  }

  @Test
  void forceReplacesACheckpointAndNothingElse() throws IOException {
    Path target = Files.createDirectory(temp.resolve("dir"));
    touch(target.resolve("config.json"));
    assertThrows(BadInputException.class, () -> folder(target, false, _ -> {}));
    folder(target, true, folder -> touch(folder.resolve("a.safetensors")));
    assertFalse(Files.exists(target.resolve("config.json")));
    touch(target.resolve("thesis.tex"));
    BadInputException refused =
        assertThrows(BadInputException.class, () -> folder(target, true, _ -> {}));
    assertTrue(refused.getMessage().contains("holds thesis.tex"), refused.getMessage());
    assertTrue(Files.exists(target.resolve("a.safetensors")));
  }

  private static void touch(Path file) {
    try {
      Files.writeString(file, "{}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void folder(Path target, boolean replace, Consumer<Path> content) {
    NewFolder.of(target, replace, "a checkpoint", SynthCommand::isPart).write(content);
  }
}
