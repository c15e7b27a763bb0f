package org.bitref.model;

import java.util.List;

/** The families that there are. */
public final class Families {
  /** The first is taken where nothing names one. */
  private static final List<Family> ALL =
      List.of(new Qwen3Vl(), new Qwen3(), new Qwen25Vl(), new Llama(), Gemma3.usual());

  private Families() {}

  /** All of them. */
  public static List<Family> all() {
    return ALL;
  }

  /**
   * The family of a {@code model_type}.
   *
   * @throws IllegalArgumentException for one that is of none
   */
  public static Family of(String type) {
    return ALL.stream()
        .filter(family -> family.isCalled(type))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(type));
  }
}
