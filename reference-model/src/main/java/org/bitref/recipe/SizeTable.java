package org.bitref.recipe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which recipe a library takes for a product of which sizes, as one of its versions does on one
 * device. Data beside this class, {@code <name>.sizes}:
 *
 * <pre>
 * # what shows that the library does this
 * library cuBLAS 13
 * device h200
 * recipe p = in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)
 * recipe s = ... | splitk(s={},g=64,residue=last) | ...
 * rows 4096
 * 4096 1024 = 1:s3 48:s2 313:p
 * </pre>
 *
 * <p>A line of numbers has K and N, then from which M on which recipe is taken; {@code s3} is the
 * recipe s with 3 in the place of its braces. After a question mark the kernel is known to take
 * another order for some of the outputs. {@code rows} is the largest M that was asked for.
 *
 * @param name of the table and of the preset that it refines
 * @param library and its version
 * @param device that it was asked on
 * @param evidence what shows that the library does this
 * @param rows the largest M that was measured
 * @param lines in the order of the file
 */
public record SizeTable(
    String name, String library, Device device, String evidence, long rows, List<Line> lines) {
  private static final Map<String, SizeTable> ALL =
      Recipes.resource("sizes.txt")
          .lines()
          .map(SizeTable::read)
          .collect(
              Collectors.toMap(
                  SizeTable::name, Function.identity(), (a, b) -> a, LinkedHashMap::new));

  /**
   * The recipes of all M for one weight.
   *
   * @param sizes of the weight; M counts for nothing
   * @param byRows from which M on which entry is taken
   */
  record Line(Sizes sizes, NavigableMap<Long, Entry> byRows) {}

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
   * What the library takes: of a weight that was not measured, what it takes of the nearest, and
   * beyond the largest M what it takes there.
   */
  Chosen at(Sizes sizes) {
    Line line =
        lines.stream()
            .min(Comparator.comparingDouble(one -> one.sizes.distance(sizes)))
            .orElseThrow();
    Entry entry = line.byRows.floorEntry(sizes.m()).getValue();
    boolean asked = line.sizes.distance(sizes) == 0 && sizes.m() <= rows && sizes.batch() == 1;
    return new Chosen(
        entry.recipe,
        asked && entry.whole ? Chosen.Basis.MEASURED : Chosen.Basis.PREDICTED,
        line.sizes.rows(Math.min(sizes.m(), rows)));
  }

  /** All recipes that it holds, each once. */
  List<StageRecipe> recipes() {
    return lines.stream()
        .flatMap(line -> line.byRows.values().stream())
        .map(Entry::recipe)
        .distinct()
        .toList();
  }

  private static SizeTable read(String name) {
    List<String> evidence = new ArrayList<>();
    Map<String, String> heads = new LinkedHashMap<>();
    Map<String, String> recipes = new LinkedHashMap<>();
    List<Line> lines = new ArrayList<>();
    for (String line : Recipes.resource(name + ".sizes").lines().toList()) {
      String[] words = line.strip().split("\\s+", 2);
      String[] sides = line.split("=", 2);
      if (line.startsWith("#")) {
        evidence.add(words.length > 1 ? words[1] : "");
      } else if (words[0].equals("recipe")) {
        recipes.put(sides[0].strip().split("\\s+")[1], sides[1].strip());
      } else if (sides.length > 1) {
        lines.add(line(sides[0].strip().split("\\s+"), sides[1].strip(), recipes));
      } else if (words.length > 1) {
        heads.put(words[0], words[1]);
      }
    }
    return new SizeTable(
        name,
        heads.get("library"),
        Device.find(heads.get("device")).orElseThrow(),
        String.join(" ", evidence),
        Long.parseLong(heads.get("rows")),
        List.copyOf(lines));
  }

  private static Line line(String[] weight, String byRows, Map<String, String> recipes) {
    NavigableMap<Long, Entry> map = new TreeMap<>();
    for (String choice : byRows.split("\\s+")) {
      String[] parts = choice.split(":", 2);
      String text = recipes.get(parts[1].replaceAll("[0-9?]", ""));
      String number = parts[1].replaceAll("[^0-9]", "");
      StageRecipe recipe = StageRecipe.parse(text.replace("{}", number));
      map.put(Long.valueOf(parts[0]), new Entry(recipe, !parts[1].endsWith("?")));
    }
    Sizes sizes = Sizes.product(1, Long.parseLong(weight[1]), Long.parseLong(weight[0]));
    return new Line(sizes, map);
  }
}
