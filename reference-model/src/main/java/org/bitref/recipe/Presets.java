package org.bitref.recipe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Recipes that have a name, and evidence for it. They are data: products of chips are the rows of
 * {@link Hardware}, those of libraries stand in {@code gemm.presets} and attention in {@code
 * attention.presets} beside this class.
 *
 * @param <R> what they are recipes for
 */
public final class Presets<R extends StageRecipe> {
  /**
   * Products: chips from old to new, then libraries. A chip's preset is its plain product: one
   * accumulator for all of K, in order. A library may split K besides, depending on the shape.
   */
  public static final Presets<GemmRecipe> GEMM =
      new Presets<>(
          "GEMM",
          Stream.concat(
              Hardware.rows().stream().map(Hardware::preset),
              read("gemm.presets", GemmRecipe::parse)));

  /** Attention of libraries: keys in tiles, then whole rows of scores. */
  public static final Presets<StageRecipe> ATTENTION =
      new Presets<>("attention", read("attention.presets", StageRecipe::parse));

  /**
   * A recipe that has a name.
   *
   * @param name for example {@code hopper-f16-f32acc}
   * @param recipe what it stands for
   * @param evidence one sentence: what shows that the hardware or the library does this
   */
  public record Preset<R extends StageRecipe>(String name, R recipe, String evidence) {}

  private final String kind;
  private final Map<String, Preset<R>> byName = new LinkedHashMap<>();

  private Presets(String kind, Stream<Preset<R>> presets) {
    this.kind = kind;
    presets.forEach(preset -> byName.put(preset.name(), preset));
  }

  /** All of them, in the order of their files. */
  public List<Preset<R>> all() {
    return List.copyOf(byName.values());
  }

  /** The preset of this name, if there is one. */
  public Optional<Preset<R>> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * The preset of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Preset<R> get(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no %s preset named \"%s\"; known are %s"
                        .formatted(kind, name, String.join(", ", byName.keySet()))));
  }

  private static <R extends StageRecipe> Stream<Preset<R>> read(
      String file, Function<String, R> parse) {
    return Recipes.blocks(file).stream()
        .filter(block -> !block.lines().isEmpty())
        .map(
            block -> {
              String[] sides = String.join(" ", block.lines()).split(" = ", 2);
              return new Preset<>(sides[0], parse.apply(sides[1]), block.evidence());
            });
  }
}
