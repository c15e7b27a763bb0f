package org.bitref.recipe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The recipes that have a name. */
public final class Recipes {
  private static final List<String> MODELS =
      List.of(
          "exact",
          "hf-f32",
          "hf-bf16-eager",
          "hf-f16-eager",
          "exact-fp16w",
          "hf-cuda-bf16-eager",
          "hf-cuda-f16-eager",
          "hf-bf16-fa2",
          "hf-fp16-sdpa",
          "edge-fp16-f32acc",
          "edge-fp16-f16acc",
          "tensorrt-f16-strong",
          "tensorrt-f16-weak",
          "ort-cpu");

  private Recipes() {}

  /** Names of the recipes for a whole model. */
  public static List<String> models() {
    return MODELS;
  }

  /**
   * The named recipe for a whole model.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static ModelRecipe model(String name) {
    return ModelRecipe.parse(name, text(name));
  }

  /**
   * The named recipe as written, with comments; the user may copy and change it.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static String text(String name) {
    if (!MODELS.contains(name)) {
      throw new IllegalArgumentException(
          "no recipe named \"" + name + "\"; known are " + String.join(", ", MODELS));
    }
    try (InputStream in = Recipes.class.getResourceAsStream(name + ".recipe")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
