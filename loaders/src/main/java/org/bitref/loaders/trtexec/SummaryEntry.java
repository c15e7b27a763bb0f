package org.bitref.loaders.trtexec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.file.Text;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.tensor.Shape;

/**
 * What a tensor_summary.json says of one tensor.
 *
 * @param type TensorRT's name: FLOAT, HALF, BF16, FP8, INT32 and so on
 * @param files kind (raw, numpy, assigned, string) to file name
 */
record SummaryEntry(String name, String type, Shape shape, Map<String, String> files) {

  /** Reads the object that the cursor stands on. */
  static SummaryEntry read(JsonCursor in) {
    Map<String, String> texts = new HashMap<>();
    Map<String, String> files = new HashMap<>();
    List<Long> shape = new ArrayList<>();
    boolean[] shaped = new boolean[1];
    in.object(
        "an entry of tensors",
        key -> {
          switch (key) {
            case "name", "type" -> texts.put(key, in.string(key));
            case "shape" -> {
              shaped[0] = true;
              in.wholeNumbers(key, shape::add);
            }
            case "files" -> in.object(key, kind -> files.put(kind, in.string(kind)));
            default -> in.pass();
          }
        });
    if (!texts.containsKey("name") || !texts.containsKey("type") || !shaped[0]) {
      throw in.bad("an entry of tensors has no name, type or shape");
    }
    String name = texts.get("name");
    Shape dims =
        Lengths.shape(shape)
            .orElseThrow(() -> in.bad("tensor " + Text.quote(name) + " has an impossible shape"));
    return new SummaryEntry(name, texts.get("type"), dims, files);
  }
}
