package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.Text;

/**
 * How attention met the cache when {@code golden} computed a dump, as its metadata tells.
 *
 * @param recipe name of the recipe
 * @param chunk queries at a time; {@code none} for the whole prompt
 * @param readBack format that keys and values passed through; {@code as computed} for none
 */
record AttentionPath(String recipe, String chunk, String readBack) {
  private static final String WHOLE = "none";
  private static final String AS_COMPUTED = "as computed";

  /** Empty if golden did not write it. */
  static Optional<AttentionPath> of(Map<String, String> metadata) {
    if (!metadata.keySet().containsAll(List.of("bitref", "recipe", "chunk", "kv-dtype"))) {
      return Optional.empty();
    }
    return Optional.of(
        new AttentionPath(metadata.get("recipe"), metadata.get("chunk"), metadata.get("kv-dtype")));
  }

  /** {@code golden, hf-bf16-eager, fresh: the whole prompt at once}. */
  String words() {
    List<String> path = new ArrayList<>();
    if (!chunk.equals(WHOLE)) {
      path.add("chunked: %s queries at a time".formatted(Text.printable(chunk)));
    }
    if (!readBack.equals(AS_COMPUTED)) {
      path.add("read back: keys and values through %s".formatted(Text.printable(readBack)));
    }
    if (path.isEmpty()) {
      path.add("fresh: the whole prompt at once, keys and values as computed");
    }
    return "golden, recipe %s; attention path %s"
        .formatted(Text.printable(recipe), String.join(", ", path));
  }
}
