package org.bitref.loaders.npy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  @TempDir Path folder;

  /** An npy file of this version and header text, then so many bytes 0, 1, 2, … */
  static byte[] npy(int version, String dict, int dataBytes) {
    byte[] text = dict.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(10 + (version == 1 ? 0 : 2) + text.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    file.put((byte) version).put((byte) 0);
    if (version == 1) {
      file.putShort((short) text.length);
    } else {
      file.putInt(text.length);
    }
    file.put(text);
    for (int i = 0; i < dataBytes; i++) {
      file.put((byte) i);
    }
    return file.array();
  }

  static String dict(String descr, String fortran, String shape) {
    return "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n".formatted(descr, fortran, shape);
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("a.npy"), bytes);
  }

  private void refused(byte[] bytes, String... parts) throws IOException {
    Path file = write(bytes);
    Refusal.expect(() -> NpyFile.open(file), parts);
    Refusal.expect(() -> NpyFile.open(file), file.toString());
  }

  private void refusedDict(String dict, String... parts) throws IOException {
    refused(npy(1, dict, 4), parts);
  }

  @Test
  void everyTypeAndRankComesBack() {
    for (TensorEntry entry : Samples.all()) {
      Path file = folder.resolve("x.npy");
      NpyWriter.write(file, entry.tensor(), true);
      try (TensorSource source = Sources.open(file)) {
        assertTrue(Samples.same(widened(entry.tensor()), source.read("x")), entry.name());
        assertEquals(0, source.tensors().get("x").offset() % 64);
      }
    }
  }

  /** What NumPy can hold of a tensor. */
  static Tensor widened(Tensor tensor) {
    return switch (tensor.dtype()) {
      case BF16, F8_E4M3, F8_E5M2 -> Tensor.ofFloats(tensor.shape(), tensor.toFloats());
      default -> tensor;
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void versions(int version) throws IOException {
    Path file = write(npy(version, dict("|i1", "False", "(3,)"), 3));
    try (TensorSource source = Sources.open(file)) {
      assertArrayEquals(new double[] {0, 1, 2}, source.read("a").toDoubles());
      Refusal.expect(() -> source.read("b"), "no tensor \"b\"", "called \"a\"");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"shape\":(2,2),\"fortran_order\":False,\"descr\":\"|u1\"}",
        "{'shape': (2, 2,), 'descr': '<u1', 'fortran_order': False}   \n",
      })
  void spellings(String dict) throws IOException {
    Path file = write(npy(1, dict, 4));
    try (TensorSource source = Sources.open(file)) {
      assertEquals(Shape.of(2, 2), source.read("a").shape());
      assertEquals(DType.U8, source.read("a").dtype());
    }
  }

  @Test
  void columnMajorIsTransposed() throws IOException {
    Path file = write(npy(1, dict("<u2", "True", "(2, 3, 2)"), 24));
    try (TensorSource source = Sources.open(file)) {
      Tensor tensor = source.read("a");
      for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 3; j++) {
          for (int k = 0; k < 2; k++) {
            int at = 2 * (i + 2 * j + 6 * k);
            assertEquals(at | (at + 1) << 8, tensor.getLong(i * 6 + j * 2 + k));
          }
        }
      }
    }
    write(npy(1, dict("<u2", "True", "(0, 3)"), 0));
    try (TensorSource source = Sources.open(file)) {
      assertEquals(Shape.of(0, 3), source.read("a").shape());
    }
  }

  @Test
  void notNpy() throws IOException {
    refused(
        "PK it is not".getBytes(StandardCharsets.US_ASCII), "does not start with the npy magic");
    refused(new byte[] {(byte) 0x93, 'N'}, "does not start with the npy magic");
  }

  @Test
  void unknownVersion() throws IOException {
    refused(npy(4, "{}", 0), "byte 6: npy version 4 is unknown");
    refused(npy(200, "{}", 0), "byte 6: npy version 200 is unknown");
  }

  @Test
  void headerLongerThanTheFile() throws IOException {
    byte[] bytes = npy(1, dict("|u1", "False", "(4,)"), 4);
    bytes[9] = 1;
    refused(bytes, "byte 8: the npy header of", "is longer than the file");
    byte[] version2 = npy(2, dict("|u1", "False", "(4,)"), 4);
    version2[11] = (byte) 0xFF;
    refused(version2, "is longer than the file");
    refused(Arrays.copyOf(version2, 11), "ends inside the npy header");
  }

  @Test
  void headerLongerThanTheLimit() throws IOException {
    String dict = dict("|u1", "False", "(4,)").replace("\n", " ".repeat(70_000) + "\n");
    refused(npy(2, dict, 4), "exceeds the limit of 65536");
  }

  @Test
  void truncatedData() throws IOException {
    refused(
        npy(1, dict("<f4", "False", "(2, 3)"), 23),
        "F32 [2, 3] needs 24 bytes of data, but 23 follow the header");
  }

  @Test
  void moreThanOneArray() throws IOException {
    refused(
        npy(1, dict("<f4", "False", "(2, 3)"), 25), "but 25 follow", "Save one array per file.");
  }

  @Test
  void shapeOverflow() throws IOException {
    refusedDict(dict("<f4", "False", "(4294967296, 4294967296)"), "more than 2^63-1 bytes");
    refusedDict(dict("<f4", "False", "(9223372036854775808,)"), "exceeds 2^63-1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " ; ",
      quoteCharacter = '`',
      value = {
        "\">f4\" ; is big-endian ; newbyteorder",
        "\"<V2\" ; does not say which number format ; safetensors",
        "\"bfloat16\" ; does not say which number format ; astype(numpy.float32)",
        "\"|O\" ; is not one that bitref reads ; f8, f4, f2",
        "\"<c8\" ; is not one that bitref reads ; f8, f4, f2",
        "\"\" ; is not one that bitref reads ; f8, f4, f2",
        "[(\"a\", \"<f4\")] ; a structured dtype ; array of its own",
      })
  void typesThatAreNotRead(String descr, String problem, String remedy) throws IOException {
    String dict = "{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,)}";
    refusedDict(dict, problem, remedy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " ; ",
      quoteCharacter = '`',
      value = {
        "[] ; '{' should stand",
        "{'descr': '|u1', 'fortran_order': False} ; has no shape",
        "{'descr': '|u1', 'shape': ()} ; has no fortran_order",
        "{'fortran_order': False, 'shape': ()} ; has no descr",
        "{} ; has no descr",
        "{'x': 1} ; unknown key \"x\"",
        "{'descr': '|u1', 'descr': '|u1'} ; \"descr\" stands twice",
        "{'descr' '|u1'} ; ':' should stand",
        "{'descr': 1} ; a quoted text should stand",
        "{'descr': '|u1 ; a quoted text does not end",
        "{'fortran_order': 1} ; True or False should stand",
        "{'shape': (3)} ; a comma should stand",
        "{'shape': (-1,)} ; a whole number from 0 on should stand",
        "{'shape': ((1,),)} ; a whole number from 0 on should stand",
        "{'shape': (1.0,)} ; a comma should stand",
        "{'shape': [1]} ; '(' should stand",
        "{'shape': (1, 2 ; ')' should stand",
        "{'shape': () 'descr': ''} ; '}' should stand",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} x ; something follows the dict",
      })
  void brokenDict(String dict, String problem) throws IOException {
    refusedDict(dict, "npy header, character ", problem);
  }

  @Test
  void tooManyAxes() throws IOException {
    refusedDict(dict("|u1", "False", "(" + "1,".repeat(65) + ")"), "more than 64 axes");
  }

  @Test
  void bracketBomb() throws IOException {
    refusedDict("{'shape': " + "(".repeat(60_000), "a whole number from 0 on should stand");
  }
}
