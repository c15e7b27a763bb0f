package org.bitref.loaders.trtexec;

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

/**
 * A layer of an engine, as {@code trtexec --exportLayerInfo} describes it. A tactic's name often
 * tells the accumulator's type and the tile; it is a hint where to search first, and no proof.
 *
 * @param type TensorRT's LayerType, such as gemm; empty if the file has none
 * @param tactic TacticName, else TacticValue; empty unless the engine was built with {@code
 *     --profilingVerbosity=detailed}
 */
public record TrtLayer(
    String name, String type, Optional<String> tactic, List<Port> inputs, List<Port> outputs) {

  /**
   * An input or output of a layer.
   *
   * @param dimensions as TensorRT says; -1 where one is not fixed
   * @param format memory format and type, for example {@code Row major linear FP16 format}
   */
  public record Port(String name, List<Long> dimensions, String format) {}

  private static final String REMEDY =
      "Write it with trtexec --exportLayerInfo=FILE --profilingVerbosity=detailed.";

  /**
   * Reads the layers of a file in their order.
   *
   * @throws BadInputException if the file cannot be read or is no JSON with an array "Layers"
   */
  public static List<TrtLayer> read(Path path) {
    List<TrtLayer> layers = new ArrayList<>();
    boolean[] found = new boolean[1];
    try (MappedFile file = MappedFile.open(path, MappedFile.LISTING)) {
      JsonCursor.readObject(
          file.name(),
          REMEDY,
          file.bytes(),
          (in, key) -> {
            if (key.equals("Layers")) {
              found[0] = true;
              in.array(key, () -> layers.add(layer(in)));
            } else {
              in.pass();
            }
          });
      if (!found[0]) {
        throw new BadInputException(file.name(), "the text has no \"Layers\"", REMEDY);
      }
    }
    return List.copyOf(layers);
  }

  private static TrtLayer layer(JsonCursor in) {
    if (in.kind() == Kind.STRING) {
      // All that an engine built without details tells.
      return new TrtLayer(in.skip(), "", Optional.empty(), List.of(), List.of());
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
            case "Name", "LayerType", "TacticName", "TacticValue" -> texts.put(key, in.skip());
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
        List.copyOf(outputs));
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
