package org.bitref.loaders.trtexec;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.json.JsonCursor.Kind;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.tensor.TensorSource;

/**
 * A layer of an engine, as {@code trtexec --exportLayerInfo} describes it. A tactic's name often
 * tells the accumulator's type and the tile; it is a hint where to search first, and no proof.
 *
 * @param type TensorRT's LayerType, such as gemm; empty if the file has none
 * @param tactic TacticName, else TacticValue; empty unless the engine was built with {@code
 *     --profilingVerbosity=detailed}
 * @param origin the nodes of the ONNX graph that it computes, as TensorRT's Metadata name them
 */
public record TrtLayer(
    String name,
    String type,
    Optional<String> tactic,
    List<Port> inputs,
    List<Port> outputs,
    String origin) {

  /**
   * An input or output of a layer.
   *
   * @param dimensions as TensorRT says; -1 where one is not fixed
   * @param format memory format and type, for example {@code Row major linear FP16 format}
   */
  public record Port(String name, List<Long> dimensions, String format) {}

  private static final String REMEDY =
      "Write it with trtexec --exportLayerInfo=FILE --profilingVerbosity=detailed.";

  /** Where a dump keeps the layers of its engine, as a list. */
  private static final String METADATA = "layers";

  /**
   * Reads the layers of a file in their order: an object with an array "Layers", as trtexec and the
   * engine inspector write it, an array of layers, or a dump whose metadata has such an array under
   * {@code layers}.
   *
   * @throws BadInputException if the file cannot be read or is none of these
   */
  public static List<TrtLayer> read(Path path) {
    if (path.toString().endsWith(".safetensors")) {
      return ofDump(path);
    }
    try (MappedFile file = MappedFile.open(path, MappedFile.LISTING)) {
      return read(file.name(), file.bytes());
    }
  }

  private static List<TrtLayer> ofDump(Path path) {
    try (TensorSource dump = SafetensorsFile.open(path)) {
      String text = dump.metadata().get(METADATA);
      if (text == null) {
        throw new BadInputException(
            dump.name(), "its metadata name no layers of an engine", REMEDY);
      }
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return read(dump.name() + ": metadata \"layers\"", MemorySegment.ofArray(utf8));
    }
  }

  private static List<TrtLayer> read(String name, MemorySegment utf8) {
    List<TrtLayer> layers = new ArrayList<>();
    boolean[] found = new boolean[1];
    JsonCursor.read(
        name,
        REMEDY,
        utf8,
        in -> {
          if (in.kind() == Kind.ARRAY) {
            found[0] = true;
            in.array("the text", () -> layers.add(layer(in)));
          } else {
            in.object("the text", key -> found[0] |= member(in, key, layers));
          }
        });
    if (!found[0]) {
      throw new BadInputException(name, "the text has no \"Layers\"", REMEDY);
    }
    return List.copyOf(layers);
  }

  private static boolean member(JsonCursor in, String key, List<TrtLayer> layers) {
    if (!key.equals("Layers")) {
      in.pass();
      return false;
    }
    in.array(key, () -> layers.add(layer(in)));
    return true;
  }

  private static TrtLayer layer(JsonCursor in) {
    if (in.kind() == Kind.STRING) {
      // All that an engine built without details tells.
      return new TrtLayer(in.skip(), "", Optional.empty(), List.of(), List.of(), "");
    }
    Map<String, String> texts = new HashMap<>();
    List<Port> inputs = new ArrayList<>();
    List<Port> outputs = new ArrayList<>();
    in.object(
        "a layer",
        key -> {
          switch (key) {
            case "Inputs" -> in.array(key, () -> inputs.add(port(in)));
            case "Outputs" -> in.array(key, () -> outputs.add(port(in)));
            case "Name", "name" -> texts.put("Name", in.skip());
            case "LayerType", "type" -> texts.put("LayerType", in.skip());
            case "TacticName", "tactic" -> texts.put("TacticName", in.skip());
            case "TacticValue", "Metadata" -> texts.put(key, in.skip());
            default -> in.pass();
          }
        });
    Optional<String> tactic =
        Optional.ofNullable(texts.getOrDefault("TacticName", texts.get("TacticValue")));
    return new TrtLayer(
        texts.getOrDefault("Name", ""),
        texts.getOrDefault("LayerType", ""),
        tactic.filter(text -> !text.isEmpty()),
        List.copyOf(inputs),
        List.copyOf(outputs),
        texts.getOrDefault("Metadata", ""));
  }

  private static Port port(JsonCursor in) {
    Map<String, String> texts = new HashMap<>();
    List<Long> dimensions = new ArrayList<>();
    in.object(
        "a port of a layer",
        key -> {
          switch (key) {
            case "Dimensions" -> in.array(key, () -> dimensions.add((long) in.number(key)));
            case "Name", "Format/Datatype" -> texts.put(key, in.skip());
            default -> in.pass();
          }
        });
    return new Port(
        texts.getOrDefault("Name", ""),
        List.copyOf(dimensions),
        texts.getOrDefault("Format/Datatype", ""));
  }
}
