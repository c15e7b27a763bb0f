package org.bitref.recipe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A table of sizes as a file, {@code <name>.sizes} beside this class:
 *
 * <pre>
 * # what shows that the library does this
 * library cuBLAS 13
 * device h200
 * over products
 * most 4096
 * recipe p = in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)
 * recipe s = ... | splitk(s={},g=64,residue=last) | ...
 * 4096 1024 = 1:s3 48:s2 313:p
 * </pre>
 *
 * <p>A line of numbers has K and N, or over attention the heads, their size, and {@code one} if it
 * is for one query or {@code masked} if it is for several under a mask. Then it says from which M,
 * or number of keys, on which recipe is taken; {@code s3} is the recipe s with 3 in the place of
 * its braces. After a question mark the library takes another order for some of the outputs.
 */
final class SizeTableFile {
  private final List<String> evidence = new ArrayList<>();
  private final Map<String, String> heads = new LinkedHashMap<>();
  private final Map<String, String> recipes = new LinkedHashMap<>();
  private final List<SizeTable.Line> lines = new ArrayList<>();

  /** Thousands of entries have but a few texts. */
  private final Map<String, StageRecipe> parsed = new LinkedHashMap<>();

  private SizeTableFile() {}

  /** The table of this name. */
  static SizeTable read(String name) {
    SizeTableFile file = new SizeTableFile();
    Recipes.resource(name + ".sizes").lines().forEach(file::line);
    return new SizeTable(
        name,
        file.heads.get("library"),
        Device.find(file.heads.get("device")).orElseThrow(),
        String.join(" ", file.evidence),
        file.over(),
        Long.parseLong(file.heads.get("most")),
        List.copyOf(file.lines),
        List.copyOf(file.parsed.values()));
  }

  private SizeTable.Over over() {
    return SizeTable.Over.valueOf(heads.get("over").toUpperCase(Locale.ROOT));
  }

  private void line(String line) {
    String[] words = line.strip().split("\\s+", 2);
    String[] sides = line.split("=", 2);
    switch (words[0]) {
      case "#" -> evidence.add(words[1]);
      case "recipe" -> recipes.put(sides[0].strip().split("\\s+", -1)[1], sides[1].strip());
      case String _ when sides.length > 1 ->
          lines.add(line(sides[0].strip().split("\\s+", -1), sides[1]));
      default -> heads.put(words[0], words[1]);
    }
  }

  private SizeTable.Line line(String[] words, String entries) {
    NavigableMap<Long, SizeTable.Entry> from = new TreeMap<>();
    for (String entry : entries.strip().split("\\s+", -1)) {
      String[] parts = entry.split(":", 2);
      String text = recipes.get(parts[1].replaceAll("[0-9?]", ""));
      String number = parts[1].replaceAll("[^0-9]", "");
      StageRecipe recipe = parsed.computeIfAbsent(text.replace("{}", number), StageRecipe::parse);
      from.put(Long.valueOf(parts[0]), new SizeTable.Entry(recipe, !parts[1].endsWith("?")));
    }
    return new SizeTable.Line(sizes(words), from);
  }

  private Sizes sizes(String[] words) {
    long first = Long.parseLong(words[0]);
    long second = Long.parseLong(words[1]);
    if (over() == SizeTable.Over.PRODUCTS) {
      return Sizes.product(1, second, first);
    }
    return switch (words.length > 2 ? words[2] : "") {
      case "one" -> new Sizes(first, 1, 2, second);
      case "part" -> new Sizes(first, 2, 3, second);
      default -> new Sizes(first, 2, 2, second);
    };
  }
}
