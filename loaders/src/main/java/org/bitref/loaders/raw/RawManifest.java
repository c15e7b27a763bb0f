package org.bitref.loaders.raw;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.DTypeName;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.json.JsonCursor.Kind;
import org.bitref.loaders.raw.RawSource.RawTensor;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.TensorSource;

/**
 * A JSON text that describes raw files: every object in it, however nested, with the members {@code
 * file}, {@code shape} and {@code dtype} is a tensor. It is called by its member {@code name}, else
 * by the names and numbers that lead to it, joined by dots. An object may describe one tensor in
 * several types by {@code <type>_file} and {@code dtype_<type>}: these get {@code .<type>} behind
 * their name. Other scalar members are metadata.
 *
 * <p>This covers the dumps of the Alpamayo fork of TensorRT-Edge-LLM ({@code
 * prefill_layer_outputs_request_0.json} with its {@code debug_layer_*} files, KV caches, prefill
 * inputs, and what its scripts write of PyTorch's side), and the sidecar of a single file: {@code
 * {"file": "x.bin", "dtype": "f16", "shape": [2, 3]}}.
 */
public final class RawManifest {
  private static final String REMEDY =
      "Describe each raw file by {\"name\": .., \"file\": .., \"dtype\": .., \"shape\": [..]}.";

  /** Names of many nested objects repeat those around them. */
  private static final long MOST_CHARACTERS = 50_000_000;

  private final Path path;
  private final List<RawTensor> tensors = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private long characters;

  private RawManifest(Path path) {
    this.path = path;
  }

  /**
   * Reads the text and checks that every file is there and has the size that its shape asks for.
   *
   * @throws BadInputException if the text is no JSON object, describes no tensor, describes one
   *     only in part, names a file outside its folder, or a file has another size
   */
  public static TensorSource open(Path path) {
    RawManifest manifest = new RawManifest(path);
    try (MappedFile file = MappedFile.open(path, MappedFile.LISTING)) {
      JsonCursor.read(file.name(), REMEDY, file.bytes(), in -> manifest.object(in, "", "the text"));
    }
    if (manifest.tensors.isEmpty()) {
      throw new BadInputException(
          path.toString(), "describes neither raw files nor anything else that is known", REMEDY);
    }
    return RawSource.of(path.toString(), manifest.tensors, manifest.metadata);
  }

  /** What one object says, by the suffix of its members: none, or a type. */
  private static final class Described {
    private final Map<String, String> files = new LinkedHashMap<>();
    private final Map<String, String> dtypes = new HashMap<>();
    private Optional<List<Long>> shape = Optional.empty();
    private String name = "";
  }

  private void object(JsonCursor in, String at, String what) {
    Described described = new Described();
    in.object(what, key -> member(in, at, key, described));
    for (var file : described.files.entrySet()) {
      tensors.add(tensor(in, at, file.getKey(), file.getValue(), described));
    }
  }

  private void member(JsonCursor in, String at, String key, Described described) {
    String path = at.isEmpty() ? key : at + "." + key;
    characters += path.length();
    if (characters > MOST_CHARACTERS) {
      throw in.bad("its names have more than " + MOST_CHARACTERS + " characters");
    }
    boolean text = in.kind() == Kind.STRING;
    if (text && (key.equals("file") || key.endsWith("_file"))) {
      described.files.put(key.equals("file") ? "" : key.substring(0, key.length() - 5), in.skip());
    } else if (text && (key.equals("dtype") || key.startsWith("dtype_"))) {
      described.dtypes.put(key.equals("dtype") ? "" : key.substring(6), in.skip());
    } else if (text && key.equals("name")) {
      described.name = in.skip();
    } else if (key.equals("shape") && in.kind() == Kind.ARRAY) {
      described.shape = Optional.of(in.wholeNumbers("the shape of " + Text.quote(at)));
    } else {
      value(in, path);
    }
  }

  private void value(JsonCursor in, String path) {
    switch (in.kind()) {
      case OBJECT -> object(in, path, path);
      case ARRAY -> {
        int[] index = new int[1];
        in.array(path, () -> value(in, path + "." + index[0]++));
      }
      case STRING, NUMBER, BOOLEAN, NULL -> metadata.putIfAbsent(path, in.skip());
    }
  }

  private RawTensor tensor(
      JsonCursor in, String at, String suffix, String file, Described described) {
    String name = described.name.isEmpty() ? at : described.name;
    if (name.isEmpty()) {
      name = file.replaceFirst("\\.[^.]*$", "");
    }
    String full = suffix.isEmpty() ? name : name + "." + suffix;
    String what = "tensor " + Text.quote(full);
    String dtype =
        Optional.ofNullable(described.dtypes.get(suffix))
            .orElseThrow(() -> in.bad(what + " has no dtype"));
    List<Long> lengths = described.shape.orElseThrow(() -> in.bad(what + " has no shape"));
    DType type =
        DTypeName.find(dtype)
            .orElseThrow(() -> in.bad(what + " is of unknown type " + Text.quote(dtype)));
    Shape shape =
        Lengths.shape(lengths).orElseThrow(() -> in.bad(what + " has an impossible shape"));
    return new RawTensor(full, type, shape, InsideFolder.resolve(path, what, file, REMEDY));
  }
}
