package org.bitref.cli.compare;

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

  /** {@code golden, recipe hf-bf16-eager, chunked attention path (16 queries at a time)}. */
  String words() {
    return "golden, recipe %s, %s".formatted(Text.printable(recipe), name());
  }

  private String name() {
    boolean whole = chunk.equals(WHOLE);
    boolean asComputed = readBack.equals(AS_COMPUTED);
    if (whole && asComputed) {
      return "fresh attention path";
    }
    String chunked =
        whole
            ? ""
            : "chunked attention path (%s queries at a time)".formatted(Text.printable(chunk));
    String read =
        asComputed
            ? ""
            : "%s (keys and values through %s)"
                .formatted(
                    whole ? "read-back attention path" : " that reads back",
                    Text.printable(readBack));
    return chunked + read;
  }
}
