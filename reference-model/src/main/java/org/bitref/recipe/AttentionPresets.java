package org.bitref.recipe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The attention recipes of libraries: whole rows of scores, and keys in tiles. */
public final class AttentionPresets {
  private static final Map<String, AttentionPreset> BY_NAME = byName();

  private AttentionPresets() {}

  private static Map<String, AttentionPreset> byName() {
    List<AttentionPreset> all = new ArrayList<>(TiledAttentionPresets.all());
    all.addAll(RowAttentionPresets.all());
    Map<String, AttentionPreset> byName = new LinkedHashMap<>();
    all.forEach(preset -> byName.put(preset.name(), preset));
    return Collections.unmodifiableMap(byName);
  }

  /** All of them. */
  public static List<AttentionPreset> all() {
    return List.copyOf(BY_NAME.values());
  }

  /**
   * The preset of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static AttentionPreset get(String name) {
    AttentionPreset preset = BY_NAME.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "no attention preset named \""
              + name
              + "\"; known are "
              + String.join(", ", BY_NAME.keySet()));
    }
    return preset;
  }
}
