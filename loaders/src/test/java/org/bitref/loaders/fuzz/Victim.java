package org.bitref.loaders.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.hf.HfConfig;
import org.bitref.loaders.map.NameMap;
import org.bitref.loaders.npy.NpyWriter;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.onnx.Proto;
import org.bitref.loaders.polygraphy.PolygraphyWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.loaders.torch.Pickle;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** A kind of file to damage: how a valid one is made, and how it is read. */
enum Victim {
  SAFETENSORS("a.safetensors"),
  INDEX("model.safetensors.index.json"),
  NPY("a.npy"),
  NPZ("a.npz"),
  NPZ_DEFLATED("a.npz"),
  TORCH("a.pt"),
  POLYGRAPHY("a.json"),
  RAW_MANIFEST("m.json"),
  TRTEXEC_DUMP("tensor_summary.json"),
  TRTEXEC_OUTPUT("out.json"),
  ONNX("a.onnx"),
  MAP("map.json"),
  CONFIG("config.json");

  private static final Random RANDOM = new Random(3);
  private static final Tensor MATRIX = Samples.tensor(DType.F32, Shape.of(3, 5), RANDOM);
  private static final List<TensorEntry> ENTRIES =
      List.of(
          TensorEntry.of("a.weight", MATRIX),
          TensorEntry.of("b", Samples.tensor(DType.BF16, Shape.of(7), RANDOM)),
          TensorEntry.of("c", Samples.tensor(DType.I64, Shape.of(), RANDOM)),
          TensorEntry.of("d", Samples.tensor(DType.U8, Shape.of(2, 0, 3), RANDOM)));

  final String file;

  Victim(String file) {
    this.file = file;
  }

  /** A valid file, as bytes; other files that it needs are written to the folder. */
  byte[] valid(Path folder) throws IOException {
    Path path = folder.resolve(file);
    switch (this) {
      case SAFETENSORS -> SafetensorsWriter.write(path, Map.of("k", "v"), ENTRIES, true);
      case INDEX -> {
        SafetensorsWriter.write(
            folder.resolve("1.safetensors"), Map.of(), ENTRIES.subList(0, 2), true);
        SafetensorsWriter.write(
            folder.resolve("2.safetensors"), Map.of(), ENTRIES.subList(2, 4), true);
        Files.writeString(
            path,
            """
            {"metadata": {"total_size": 82}, "weight_map": {"a.weight": "1.safetensors",
            "b": "1.safetensors", "c": "2.safetensors", "d": "2.safetensors"}}
            """);
      }
      case NPY -> NpyWriter.write(path, MATRIX, true);
      case NPZ -> NpzWriter.write(path, ENTRIES, true);
      case NPZ_DEFLATED -> deflate(path, folder.resolve("b.npy"));
      case TORCH ->
          new Pickle()
              .op('}', 'q', 0, '(')
              .text("a.weight")
              .tensor("FloatStorage", "0", 12, 3, 2, 4)
              .text("b")
              .op(']', '(', 'K', 5, 'N')
              .tensor("HalfStorage", "0", 24, 0, 24, 1)
              .op('e', 'u', '.')
              .save(path, 48);
      case POLYGRAPHY -> PolygraphyWriter.runResults(path, "trt", ENTRIES, true);
      case RAW_MANIFEST -> {
        Files.write(folder.resolve("x.bin"), new byte[12]);
        Files.writeString(
            path,
            """
            {"request_idx": 0, "outputs": [{"name": "a", "file": "x.bin", "dtype": "FLOAT16",
            "shape": [2, 3], "num_bytes": 12}], "b": {"f16_file": "x.bin", "dtype_f16": "F16",
            "shape": [6]}, "c": {"file": "x.bin", "dtype": "u8", "shape": [12], "v": [3, 4]}}
            """);
      }
      case TRTEXEC_DUMP -> {
        Files.write(folder.resolve("x.raw"), new byte[12]);
        NpyWriter.write(folder.resolve("x.npy"), Tensor.ofFloats(Shape.of(2), 1, 2), true);
        Files.writeString(
            path,
            """
            {"metadata": {"title": "t"}, "tensors": [{"name": "a", "shape": [2, 3], "type": "HALF",
            "statistics": {"min": "nan"}, "files": {"raw": "x.raw"}}, {"name": "b", "shape": [2],
            "type": "BF16", "statistics": {}, "files": {"numpy": "x.npy"}}]}
            """);
      }
      case TRTEXEC_OUTPUT ->
          Files.writeString(
              path,
              """
              [ { "name" : "y", "dimensions" : "2x3", "values" : [ 1, -2.5, nan, -inf, 1e+05, 0 ] }
              , { "name" : "z", "dimensions" : "1", "values" : [ -nan ] } ]
              """);
      case ONNX -> {
        Files.write(folder.resolve("a.data"), new byte[12]);
        Proto entry = new Proto().text(1, "location").text(2, "a.data");
        Files.write(
            path,
            Proto.model(
                Proto.tensor("a", 10, 2, 3).packed(5, 1, 2, 3, 0xFFFF, 5, 6),
                Proto.tensor("b", 1, 4).bytes(9, new byte[16]),
                Proto.tensor("c", 10, 6).number(14, 1).message(13, entry),
                Proto.tensor("d", 7, 3).number(7, -1).number(7, 2).number(7, 3)));
      }
      case MAP ->
          Files.writeString(
              path,
              """
              {"about": "x", "include": ["stages"], "ignore": ["b*"], "others": "error",
              "keep_tokens": 1, "rules": [{"from": "{p|a|b}.weight", "to": ["layers.{i}.{p}", "{p}{i}"],
              "do": [{"reshape": [0, -1, 5]}, {"transpose": [1, 2, 0]}, {"unstack": {"axis": 0,
              "as": "i"}}, {"crop": {"axis": 0, "from": 1, "to": 5}}, {"split": {"axis": 0,
              "parts": [1, 3]}}, {"cast": "f16"}], "tokens": -1},
              {"from": "c", "to": "z", "do": [{"unsqueeze": 0}, {"squeeze": 0}]},
              {"from": "{i*7+2}d", "to": []}, {"from": "d", "to": "y.y"}]}
              """);
      case CONFIG ->
          Files.writeString(
              path,
              """
              {"tie_word_embeddings": false, "image_token_id": 7, "text_config": {
              "vocab_size": 640, "hidden_size": 16, "intermediate_size": 24,
              "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
              "head_dim": 12, "rms_norm_eps": 1e-06, "hidden_act": "silu", "rope_theta": 5e6,
              "rope_scaling": {"rope_type": "default", "mrope_section": [2, 3, 1]}}}
              """);
    }
    return Files.readAllBytes(path);
  }

  private static void deflate(Path path, Path member) throws IOException {
    NpyWriter.write(member, MATRIX, true);
    byte[] rowMajor = Files.readAllBytes(member);
    byte[] columnMajor =
        new String(rowMajor, StandardCharsets.ISO_8859_1)
            .replace("False", "True ")
            .getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("row.npy"));
      zip.write(rowMajor);
      zip.putNextEntry(new ZipEntry("column.npy"));
      zip.write(columnMajor);
    }
    Files.write(path, bytes.toByteArray());
  }

  /** A damaged file. */
  byte[] mutant(byte[] valid, long seed) {
    Mutator mutator = new Mutator(seed);
    boolean keepLength = this == SAFETENSORS && seed % 4 != 0;
    return keepLength ? mutator.mutateHeader(valid) : mutator.mutate(valid);
  }

  /** Reads the file to its last bit. */
  void read(Path path) {
    if (this == CONFIG) {
      HfConfig.read(path);
      return;
    }
    try (TensorSource source = this == MAP ? mapped(path) : Sources.open(path)) {
      for (String name : source.tensors().keySet()) {
        Tensor tensor = source.read(name);
        for (long i = 0; i < tensor.elements(); i++) {
          tensor.bits(i);
        }
      }
    }
  }

  private static TensorSource mapped(Path map) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    ENTRIES.forEach(entry -> tensors.put(entry.name(), entry.tensor()));
    return NameMap.load(map).apply(TensorSource.of("dump", tensors));
  }
}
