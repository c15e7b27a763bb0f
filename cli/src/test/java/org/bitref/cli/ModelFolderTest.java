package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoint folders as people have them, with more in them than the model. */
class ModelFolderTest {
  private static final Path MODEL = Path.of(Cli.MODEL);

  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void folder() throws IOException {
    folder = Files.createDirectory(temp.resolve("model"));
    Files.copy(MODEL.resolve("config.json"), folder.resolve("config.json"));
  }

  private void copyShards() throws IOException {
    for (Path file : List.of(Path.of("model.safetensors.index.json"), shard(1), shard(2))) {
      Files.copy(MODEL.resolve(file), folder.resolve(file));
    }
  }

  private static Path shard(int number) {
    return Path.of("model-0000%s-of-00002.safetensors".formatted(number));
  }

  private void copyWhole(String name) {
    try (TensorSource source = Sources.open(MODEL)) {
      List<TensorEntry> entries =
          source.tensors().keySet().stream()
              .map(tensor -> TensorEntry.of(tensor, source.read(tensor)))
              .toList();
      SafetensorsWriter.write(folder.resolve(name), source.metadata(), entries, false);
    }
  }

  private String golden() {
    Path out = temp.resolve("out.safetensors");
    return Cli.run(
            "golden",
            folder,
            "--inputs",
            Cli.CAPTURE,
            "--stages",
            "rope.sin|.*0.input_ln",
            "-o",
            out,
            "--force")
        .exits(0)
        .err();
  }

  @Test
  void anIndexDecidesAndTheRestIsLeftAside() throws IOException {
    copyShards();
    assertEquals("", golden());
    Files.copy(MODEL.resolve(shard(1)), folder.resolve("adapter_model.safetensors"));
    copyWhole("consolidated.safetensors");
    String expected =
        "bitref: %s: left aside adapter_model.safetensors, consolidated.safetensors; read is %s\n"
            .formatted(folder, "model.safetensors.index.json");
    assertEquals(expected, golden());
    Cli inspect = Cli.run("inspect", folder).exits(0);
    assertEquals(expected, inspect.err());
    assertTrue(inspect.out().contains("47 tensors in 2 files"), inspect.out());
  }

  @Test
  void elseModelSafetensors() throws IOException {
    copyWhole("model.safetensors");
    assertEquals("", golden());
    Files.copy(MODEL.resolve(shard(1)), folder.resolve("adapter_model.safetensors"));
    String expected =
        "bitref: %s: left aside adapter_model.safetensors; read is model.safetensors\n"
            .formatted(folder);
    assertEquals(expected, golden());
  }

  @Test
  void elseWhatIsThereWithoutTwoOfAName() throws IOException {
    Files.copy(MODEL.resolve(shard(1)), folder.resolve("a.safetensors"));
    Files.copy(MODEL.resolve(shard(2)), folder.resolve("b.safetensors"));
    assertEquals("", golden());
    Files.copy(MODEL.resolve(shard(1)), folder.resolve("c.safetensors"));
    String message = Cli.run("inspect", folder).exits(3).err();
    assertTrue(message.contains("lies in two files"), message);
    assertTrue(message.contains("call the one of the model model.safetensors"), message);
  }

  /** As the cache of Hugging Face holds it: links to blobs named by what they hold. */
  @Test
  void filesMayBeLinks() throws IOException {
    copyShards();
    Path blobs = Files.createDirectory(temp.resolve("blobs"));
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Path blob = blobs.resolve(Integer.toHexString(file.hashCode()));
        Files.move(file, blob);
        Files.createSymbolicLink(file, Path.of("..", "blobs", blob.getFileName().toString()));
      }
    }
    assertEquals("", golden());
    assertEquals("", Cli.run("inspect", folder).exits(0).err());
  }
}
