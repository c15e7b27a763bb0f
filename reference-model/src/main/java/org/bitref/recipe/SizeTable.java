package org.bitref.recipe;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which recipe a library takes at which sizes, as one of its versions does on one device. {@link
 * SizeTableFile} reads them.
 *
 * @param name of the table, and of the preset that it refines if there is one
 * @param library and its version
 * @param device that it was asked on
 * @param evidence what shows that the library does this
 * @param over what it computes
 * @param most the largest M of a product, or number of keys of attention, that was asked for
 * @param lines in the order of the file
 * @param recipes all that the lines hold, each once
 */
public record SizeTable(
    String name,
    String library,
    Device device,
    String evidence,
    Over over,
    long most,
    List<Line> lines,
    List<StageRecipe> recipes) {
  private static final Map<String, SizeTable> ALL =
      Recipes.resource("sizes.txt")
          .lines()
          .map(SizeTableFile::read)
          .collect(
              Collectors.toMap(
                  SizeTable::name, Function.identity(), (a, b) -> a, LinkedHashMap::new));

  /** What a table is for. */
  public enum Over {
    /** Products, told apart by N and K; each line goes by M. */
    PRODUCTS,
    /**
     * Attention of one query, of a prompt to itself and of queries to more keys than those, told
     * apart by that and by heads and their size; a line goes by keys.
     */
    ATTENTION;

    private static final double FAR = 1e6;
    private static final double NEAR = 1e-6;

    /** How unlike two are: the distance of logarithms; 1 if one size of both is twice the other. */
    private double distance(Sizes line, Sizes sizes) {
      if (this == PRODUCTS) {
        return Math.hypot(octaves(line.n(), sizes.n()), octaves(line.k(), sizes.k()));
      }
      double far = (line.m() == 1) == (sizes.m() == 1) ? 0 : FAR;
      double near = (line.m() < line.n()) == (sizes.m() < sizes.n()) || far > 0 ? 0 : NEAR;
      return far
          + near
          + Math.hypot(octaves(line.batch(), sizes.batch()), octaves(line.k(), sizes.k()));
    }

    private static double octaves(long a, long b) {
      return Math.log((double) a / b) / Math.log(2);
    }

    /** True for what a library can be asked for with the lines of a table. */
    private boolean covers(Sizes sizes) {
      return this == PRODUCTS ? sizes.batch() == 1 : sizes.m() == 1 || sizes.m() == sizes.n();
    }

    private long along(Sizes sizes) {
      return this == PRODUCTS ? sizes.m() : sizes.n();
    }

    private Sizes at(Sizes line, long length) {
      return this == PRODUCTS ? line.rows(length) : line.keys(length);
    }
  }

  /**
   * The recipes for one weight, or for one number of heads.
   *
   * @param sizes that tell it from other lines
   * @param from the M, or number of keys, from which on an entry is taken
   */
  record Line(Sizes sizes, NavigableMap<Long, Entry> from) {}

  /**
   * What is taken.
   *
   * @param whole false if another order is taken for some of the outputs
   */
  record Entry(StageRecipe recipe, boolean whole) {}

  /** All tables. */
  public static List<SizeTable> all() {
    return List.copyOf(ALL.values());
  }

  /** The table of this name, if there is one. */
  public static Optional<SizeTable> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /**
   * The table of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static SizeTable get(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no table of sizes is called \"%s\"; known are %s"
                        .formatted(name, String.join(", ", ALL.keySet()))));
  }

  /**
   * What the library takes: where it was not asked for such a weight, or so many heads, what it
   * takes for the nearest, and beyond the largest length what it takes there.
   */
  Chosen at(Sizes sizes) {
    Line line =
        lines.stream()
            .min(Comparator.comparingDouble(one -> over.distance(one.sizes, sizes)))
            .orElseThrow();
    long length = over.along(sizes);
    Entry entry = line.from.floorEntry(length).getValue();
    boolean asked = over.distance(line.sizes, sizes) == 0 && length <= most && over.covers(sizes);
    return new Chosen(
        entry.recipe,
        asked && entry.whole ? Chosen.Basis.MEASURED : Chosen.Basis.PREDICTED,
        over.at(line.sizes, Math.min(length, most)));
  }
}
