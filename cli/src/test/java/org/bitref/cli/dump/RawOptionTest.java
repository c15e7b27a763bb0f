package org.bitref.cli.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpyWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawOptionTest {
  @TempDir Path temp;
  private Path torch;
  private Path engine;

  /** 1, 2, 3, 4, 5, 6 as BF16; one of them a unit more on the other side. */
  @BeforeEach
  void files() throws IOException {
    byte[] words = {
      (byte) 0x80,
      0x3F,
      0,
      0x40,
      0x40,
      0x40,
      (byte) 0x80,
      0x40,
      (byte) 0xA0,
      0x40,
      (byte) 0xC0,
      0x40
    };
    torch = Files.write(temp.resolve("torch.bin"), words);
    words[6]++;
    engine = Files.write(temp.resolve("engine.dat"), words);
  }

  @Test
  void twoRawFilesAreOnePair() {
    String[] type = {"--dtype", "bfloat16", "--shape", "1x2x3", "--format", "json"};
    JsonNode json =
        Cli.run("compare", torch, engine, type[0], type[1], type[2], type[3], type[4], type[5])
            .exits(1)
            .json();
    JsonNode stage = json.get("stages").get(0);
    assertEquals("torch", stage.get("name").asText());
    assertEquals("[1,2,3]", stage.get("shape").toString());
    assertEquals(5, stage.get("equal").asLong());
    JsonNode worst = stage.get("worst").get(0);
    assertEquals("[0,1,0]", worst.get("at").toString());
    assertEquals(4.0, worst.get("a").asDouble());
    assertEquals(4.03125, worst.get("b").asDouble());
  }

  @Test
  void rawAgainstNpy() {
    Path npy = temp.resolve("x.npy");
    NpyWriter.write(npy, Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6), false);
    Cli.run("compare", npy, torch, "--dtype", "bf16", "--shape", "2x3").exits(0);
    Cli.run("compare", npy, engine, "--dtype", "bf16", "--shape", "2x3").exits(1);
    Path other = temp.resolve("y.npy");
    NpyWriter.write(other, Tensor.ofFloats(Shape.of(6), 1, 2, 3, 4, 5, 6), false);
    Cli run = Cli.run("compare", npy, other).exits(3);
    assertTrue(run.err().contains("has shape [2, 3]"), run.err());
  }

  /** A name that a producer gave is not passed over. */
  @Test
  void filesThatNameTheirTensorsArePairedByNameAlone() {
    Path named = temp.resolve("x.safetensors");
    Tensor tensor = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    SafetensorsWriter.write(named, Map.of(), List.of(TensorEntry.of("x", tensor)), false);
    Cli run = Cli.run("compare", named, torch, "--dtype", "bf16", "--shape", "2x3").exits(3);
    assertTrue(run.err().contains("A holds x; B holds torch"), run.err());
  }

  @Test
  void inspect() {
    JsonNode json =
        Cli.run("inspect", engine, "--dtype", "i16", "--shape", "6", "--format", "json")
            .exits(0)
            .json();
    JsonNode tensor = json.get("tensors").get(0);
    assertEquals("engine", tensor.get("name").asText());
    assertEquals("I16", tensor.get("dtype").asText());
    assertEquals("[6]", tensor.get("shape").toString());
  }

  @Test
  void theSizeOfTheFileIsChecked() {
    Cli run = Cli.run("inspect", torch, "--dtype", "f32", "--shape", "2x3").exits(3);
    assertTrue(run.err().contains("F32 [2, 3] needs 24 bytes, but the file has 12"), run.err());
    Cli.run("inspect", temp.resolve("no.bin"), "--dtype", "f32", "--shape", "2").exits(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--dtype bf16 | go together",
        "--shape 2x3 | go together",
        "--dtype f17 --shape 2x3 | types are f64",
        "--dtype bf16 --shape 2* | write for example",
        "--dtype bf16 --shape -2x3 | write for example",
        "--dtype bf16 --shape 2x | write for example",
        "--dtype bf16 --shape 999999999999999999x99 | too many elements",
      })
  void wrongUsage(String options, String hint) {
    Object[] words = ("inspect " + torch + " " + options).split(" ");
    Cli run = Cli.run(words).exits(2);
    assertTrue(run.err().contains(hint), run.err());
  }
}
