package org.bitref.loaders.trtexec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.npy.NpyWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrtexecTest {
  @TempDir Path folder;

  private static final String NAME = "/model/layers.0/self_attn/q_proj/MatMul_output_0";

  private Path summary(String... entries) throws IOException {
    return Files.writeString(
        folder.resolve("tensor_summary.json"),
        """
        {
          "metadata": {
            "title": "Tensor Summary Report",
            "command_line": "trtexec --onnx=\\"a.onnx\\""
          },
          "tensors": [
        %s

          ]
        }
        """
            .formatted(String.join(",\n", entries)));
  }

  private static String entry(String name, String type, String shape, String files) {
    return """
      {
        "name": "%s",
        "shape": [%s],
        "type": "%s",
        "statistics": {
            "min": "-inf",
            "max": 2.5,
            "avg": -nan,
            "elements": "1, 2, ..., 3"
        }%s
      }\
    """
        .formatted(name, shape, type, files.isEmpty() ? "" : ",\n    \"files\": {" + files + "}");
  }

  /** What the summary of trtexec calls the types. */
  private static String type(DType dtype) {
    return switch (dtype) {
      case F32 -> "FLOAT";
      case F16 -> "HALF";
      case F8_E4M3 -> "FP8";
      case I64, I32, I8 -> "INT" + dtype.name().substring(1);
      case U8 -> "UINT8";
      default -> dtype.name();
    };
  }

  @Test
  void everyTypeRawAndWidened() throws IOException {
    Random random = new Random(4);
    for (DType dtype :
        List.of(
            DType.F32,
            DType.F16,
            DType.BF16,
            DType.F8_E4M3,
            DType.I64,
            DType.I32,
            DType.I8,
            DType.U8,
            DType.BOOL)) {
      Tensor tensor = Samples.tensor(dtype, Shape.of(2, 40), random);
      if (dtype == DType.F8_E4M3) {
        // The bits of a NaN do not survive the way through float32.
        tensor =
            Tensor.ofBytes(
                dtype, Shape.of(2, 3), new byte[] {0, 1, (byte) 0x80, 0x7E, 0x7F, (byte) 0xFE});
      }
      Files.write(folder.resolve("0000_q.raw"), tensor.data().toArray(ValueLayout.JAVA_BYTE));
      NpyWriter.write(folder.resolve("0000_q.npy"), tensor, true);
      String shape = tensor.shape().dim(0) + ", " + tensor.shape().dim(1);
      for (String files :
          List.of(
              "\"raw\": \"0000_q.raw\", \"numpy\": \"none.npy\"", "\"numpy\": \"0000_q.npy\"")) {
        summary(entry(NAME, type(dtype), shape, files));
        try (TensorSource source = Sources.open(folder)) {
          assertEquals(dtype, source.tensors().get(NAME).dtype());
          Tensor read = source.read(NAME);
          for (long i = 0; i < tensor.elements(); i++) {
            assertEquals(tensor.get(i), read.get(i), dtype + " " + files);
          }
          assertEquals("Tensor Summary Report", source.metadata().get("title"));
        }
      }
    }
  }

  @Test
  void bitsOfWidenedHalvesComeBack() throws IOException {
    short[] bits = new short[65536];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) i;
    }
    Tensor all = Tensor.ofShorts(DType.BF16, Shape.of(bits.length), bits);
    NpyWriter.write(folder.resolve("a.npy"), all, false);
    try (TensorSource source =
        Sources.open(summary(entry("a", "BF16", "65536", "\"numpy\": \"a.npy\"")))) {
      Tensor read = source.read("a");
      for (int i = 0; i < bits.length; i++) {
        assertTrue(all.bits(i) == read.bits(i) || Double.isNaN(all.get(i)), "pattern " + i);
      }
    }
  }

  @Test
  void typesThatOnlyNumpyHolds() throws IOException {
    NpyWriter.write(
        folder.resolve("a.npy"), Tensor.ofBytes(DType.I8, Shape.of(2), new byte[] {-8, 7}), false);
    Path file = summary(entry("a", "INT4", "2", "\"raw\": \"a.raw\", \"numpy\": \"a.npy\""));
    try (TensorSource source = Sources.open(file)) {
      assertEquals(-8, source.read("a").getLong(0));
    }
  }

  @Test
  void tensorsWrittenSeveralTimes() throws IOException {
    Files.write(folder.resolve("0.raw"), new byte[] {1});
    Files.write(folder.resolve("1.raw"), new byte[] {2});
    Path file =
        summary(
            entry("a", "UINT8", "1", "\"raw\": \"0.raw\""),
            entry("a", "UINT8", "1", "\"raw\": \"1.raw\""));
    try (TensorSource source = Sources.open(file)) {
      assertEquals(List.of("a", "a@1"), List.copyOf(source.tensors().keySet()));
      assertEquals(2, source.read("a@1").getLong(0));
    }
  }

  private void refused(Path file, String... parts) {
    Refusal.expect(
        () -> {
          try (TensorSource source = Sources.open(file)) {
            source.tensors().keySet().forEach(source::read);
          }
        },
        parts);
  }

  @Test
  void defectsOfDumps() throws IOException {
    Files.write(folder.resolve("a.raw"), new byte[6]);
    NpyWriter.write(folder.resolve("a.npy"), Tensor.ofFloats(Shape.of(2), 1, 1.001f), false);
    refused(
        summary(entry("a", "HALF", "2", "\"raw\": \"a.raw\"")),
        "needs 4 bytes, but the file has 6");
    refused(summary(entry("a", "HALF", "2", "\"raw\": \"b.raw\"")), "b.raw: cannot be read");
    refused(summary(entry("a", "HALF", "2", "\"raw\": \"../a.raw\"")), "outside the folder");
    refused(summary(entry("a", "HALF", "2", "")), "tensor \"a\" has no file with its numbers");
    refused(summary(entry("a", "FP4", "2", "\"raw\": \"a.raw\"")), "has no file with its numbers");
    refused(
        summary(entry("a", "HALF", "2", "\"numpy\": \"a.npy\"")),
        "holds F32 [2], but the summary calls tensor \"a\" HALF [2]");
    refused(summary(entry("a", "BF16", "3", "\"numpy\": \"a.npy\"")), "holds F32 [2]");
    refused(
        summary(entry("a", "BF16", "2", "\"numpy\": \"a.npy\"")),
        "a.npy: element 1, 1.00",
        "is no BF16");
    refused(summary(entry("a\"b", "HALF", "2", "\"raw\": \"a.raw\"")), "not valid JSON");
    refused(summary("{\"name\": \"a\"}"), "an entry of tensors has no name, type or shape");
    Path cut = summary(entry("a", "FLOAT", "2", "\"numpy\": \"a.npy\""));
    Files.writeString(cut, Files.readString(cut).substring(0, 200));
    refused(cut, "not valid JSON");
  }

  private Path output(String values) throws IOException {
    return Files.writeString(
        folder.resolve("out.json"),
        """
        [
          { "name" : "y"
          , "dimensions" : "1x2x3"
          , "values" : [ %s ]
          }
        , { "name" : "\u00fc-nan [z]"
          , "dimensions" : "2"
          , "values" : [ -nan, inf ]
          }
        ]
        """
            .formatted(values),
        StandardCharsets.UTF_8);
  }

  @Test
  void exportedOutputs() throws IOException {
    try (TensorSource source = Sources.open(output("1, -2.5, 1e+05, -0, nan, -inf"))) {
      assertEquals(Shape.of(1, 2, 3), source.tensors().get("y").shape());
      assertArrayEquals(
          new float[] {1, -2.5f, 1e5f, -0f, Float.NaN, Float.NEGATIVE_INFINITY},
          source.read("y").toFloats());
      assertArrayEquals(
          new float[] {Float.NaN, Float.POSITIVE_INFINITY},
          source.read("\u00fc-nan [z]").toFloats());
    }
  }

  /** The sign of a NaN and the NaN stand on either side of every boundary of blocks. */
  @Test
  void signsOfNanAcrossBlocks() throws IOException {
    String nan = "-nan,".repeat(20_000);
    for (int shift = 0; shift < 5; shift++) {
      Path file =
          Files.writeString(
              folder.resolve("out.json"),
              "[{\"name\": \"y\", \"dimensions\": \"20001\", \"values\": [%s%s 1]}]"
                  .formatted(" ".repeat(shift), nan));
      try (TensorSource source = Sources.open(file)) {
        assertEquals(1, source.read("y").get(20_000));
      }
    }
  }

  @Test
  void defectsOfOutputs() throws IOException {
    refused(output("1, 2"), "tensor \"y\" [1, 2, 3] has 2 values");
    refused(output("1, 2, 3, 4, 5, \"6\""), "values holds something other than numbers");
    refused(output("1, 2, 3, 4, 5, six"), "not valid JSON");
    refused(output("1, 2, 3, 4, 5, naf"), "tensor \"y\": the value \"naf\" is no number");
    Path file = output("1, 2, 3, 4, 5, 6");
    String text = Files.readString(file);
    refused(
        Files.writeString(file, text.replace("1x2x3", "1x-2x3")),
        "has dimensions \"1x-2x3\", which are none");
    refused(Files.writeString(file, text.replace("1x2x3", "6x")), "has dimensions \"6x\"");
    refused(
        Files.writeString(file, text.replace("\u00fc-nan [z]", "y")),
        "two outputs are called \"y\"");
    refused(
        Files.writeString(file, text.replace("\"dimensions\"", "\"d\"")),
        "has no name, dimensions or values");
  }

  @Test
  void layersAndTheirTactics() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("layers.json"),
            """
            {"Layers": [
              {"Name": "q", "LayerType": "gemm", "Metadata": "[ONNX Layer: /q]",
               "Inputs": [{"Name": "x", "Location": "Device", "Dimensions": [-1, 256],
                           "Format/Datatype": "Row major linear FP16 format"}],
               "Outputs": [], "ParameterType": "Convolution", "Kernel": [1, 1],
               "TacticName": "sm80_xmma_gemm_f16f16_f16f16_f16_tn_n", "TacticValue": "0x1"},
              {"Name": "s", "LayerType": "kgen", "Inputs": [], "Outputs": [], "TacticValue": "0x2"},
              "plain"],
             "Bindings": ["x", "y"]}
            """);
    List<TrtLayer> layers = TrtLayer.read(file);
    assertEquals(
        new TrtLayer(
            "q",
            "gemm",
            Optional.of("sm80_xmma_gemm_f16f16_f16f16_f16_tn_n"),
            List.of(new TrtLayer.Port("x", List.of(-1L, 256L), "Row major linear FP16 format")),
            List.of(),
            "[ONNX Layer: /q]"),
        layers.get(0));
    assertEquals(Optional.of("0x2"), layers.get(1).tactic());
    assertEquals(
        new TrtLayer("plain", "", Optional.empty(), List.of(), List.of(), ""), layers.get(2));
    Refusal.expect(
        () -> Sources.open(file), "describes the layers of an engine and holds no tensors");
    Path none = Files.writeString(folder.resolve("none.json"), "{\"Bindings\": []}");
    Refusal.expect(() -> TrtLayer.read(none), "the text has no \"Layers\"");
  }

  @Test
  void layersMayBeABareListOrStandInADump() throws IOException {
    String list = "[{\"name\": \"q\", \"type\": \"gemm\", \"tactic\": \"t\"}, {\"Name\": \"s\"}]";
    Path bare = Files.writeString(folder.resolve("bare.json"), list);
    List<TrtLayer> layers = TrtLayer.read(bare);
    assertEquals(
        new TrtLayer("q", "gemm", Optional.of("t"), List.of(), List.of(), ""), layers.getFirst());
    assertEquals(new TrtLayer("s", "", Optional.empty(), List.of(), List.of(), ""), layers.get(1));
    Path dump = folder.resolve("dump.safetensors");
    SafetensorsWriter.write(dump, Map.of("layers", list), List.of(), false);
    assertEquals(layers, TrtLayer.read(dump));
    Path without = folder.resolve("without.safetensors");
    SafetensorsWriter.write(without, Map.of(), List.of(), false);
    Refusal.expect(() -> TrtLayer.read(without), "its metadata name no layers of an engine");
  }
}
