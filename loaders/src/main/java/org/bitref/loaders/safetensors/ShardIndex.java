package org.bitref.loaders.safetensors;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.json.JsonCursor.Kind;

/**
 * A {@code *.safetensors.index.json}: {"metadata": {..}, "weight_map": {tensor name: shard file}},
 * as transformers writes it. Shard names are taken relative to the index's folder and must stay in
 * it.
 *
 * @param weightMap tensor name to the shard's path, in the order of the index
 * @param metadata the scalar values of "metadata" as text, for example total_size
 */
record ShardIndex(Map<String, Path> weightMap, Map<String, String> metadata) {
  static final String REMEDY =
      "Correct the index or download it again; in a folder without one all *.safetensors are"
          + " read.";

  static ShardIndex read(Path index) {
    try (MappedFile file = MappedFile.open(index, MappedFile.LISTING)) {
      return parse(file, index);
    }
  }

  private static ShardIndex parse(MappedFile file, Path index) {
    Map<String, Path> weightMap = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    boolean[] found = new boolean[1];
    JsonCursor.readObject(
        file.name(),
        REMEDY,
        file.bytes(),
        (in, name) -> {
          switch (name) {
            case "weight_map" -> {
              found[0] = true;
              in.object("weight_map", tensor -> weightMap.put(tensor, shard(in, index, tensor)));
            }
            case "metadata" -> metadata(in, metadata);
            default -> in.skip();
          }
        });
    if (!found[0]) {
      throw new BadInputException(file.name(), "the index has no \"weight_map\"", REMEDY);
    }
    return new ShardIndex(weightMap, metadata);
  }

  private static void metadata(JsonCursor in, Map<String, String> into) {
    if (in.kind() == Kind.NULL) {
      in.skip();
      return;
    }
    in.object(
        "metadata",
        key -> {
          String value = in.skip();
          if (!value.isEmpty()) {
            into.put(key, value);
          }
        });
  }

  private static Path shard(JsonCursor in, Path index, String tensor) {
    String what = "tensor " + Text.quote(tensor);
    return InsideFolder.resolve(index, what, in.string("the shard of " + what), REMEDY);
  }
}
