package org.bitref.cli.explain;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bitref.cli.explain.Explained.Blame;

/**
 * What planted faults are to be called, from planted-names.tsv.
 *
 * @param names by fault, without the layer, type and kind of attention that end its name
 */
record PlantedNames(Map<String, Names> names) {
  /** Names, as patterns of a part of the sentence. */
  private static final String NOT_NAMED = "not named";

  /**
   * Attention depends on differences of positions alone; or the change is less than every rounding.
   */
  private static final String SAME = "the same function";

  /** A type that a right implementation may choose. */
  private static final String CAST = "a cast";

  /** What is said of damage without a name. */
  private static final Pattern UNNAMED =
      Pattern.compile("no pattern was recognised|lie outside the rounding bound");

  private static final String SUFFIX = "(_l\\d+)*(_(bf16|f16|f32)_(eager|sdpa))?$";

  /**
   * @param full where the stage itself was dumped
   * @param across where it lies between two dumped ones
   */
  private record Names(String full, String across) {}

  /** Reads the table. */
  static PlantedNames read() throws IOException {
    Map<String, Names> names = new LinkedHashMap<>();
    try (InputStream in = PlantedNames.class.getResourceAsStream("planted-names.tsv")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      text.lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .forEach(
              words -> {
                Names both = new Names(words[1], words[words.length - 1]);
                if (names.put(words[0], both) != null) {
                  throw new AssertionError(words[0] + " stands twice in the table");
                }
              });
    }
    return new PlantedNames(names);
  }

  /** The faults of the table. */
  Set<String> faults() {
    return names.keySet().stream().map(PlantedNames::fault).collect(Collectors.toSet());
  }

  /** True if it is no fault, whatever is dumped. */
  boolean isCast(String dump) {
    return of(dump).full().equals(CAST);
  }

  /** The fault's name without where and in what it is planted. */
  static String fault(String dump) {
    return dump.replaceAll(SUFFIX, "");
  }

  private Names of(String dump) {
    Names found = names.getOrDefault(dump, names.get(fault(dump)));
    if (found == null) {
      throw new AssertionError(dump + " is not in the table");
    }
    return found;
  }

  private boolean notNamed(String dump) {
    return of(dump).full().equals(NOT_NAMED);
  }

  /** True if the fault is none where only hidden states are dumped. */
  boolean sameAcross(String dump) {
    return of(dump).across().equals(SAME);
  }

  /** True if the dump, and no other system, is blamed for what the table says. */
  boolean rightly(String dump, String kind, Explained said) {
    Names names = of(dump);
    Pattern full = Pattern.compile(names.full());
    Pattern across = Pattern.compile(names.across());
    Set<Blame> blamed = said.blamed();
    return !notNamed(dump)
        && blamed.size() == 1
        && blamed.stream()
            .filter(blame -> blame.system().equals(dump + "." + kind))
            .map(Blame::what)
            .anyMatch(
                what ->
                    full.matcher(what).find()
                        || (!kind.equals("full") && across.matcher(what).find()));
  }

  /** True if the table has no name for it and the verdict gives none. */
  boolean rightlyUnnamed(String dump, Explained said) {
    return notNamed(dump)
        && said.blamed().stream()
            .allMatch(
                blame ->
                    said.verdict().equals("unexplained") || UNNAMED.matcher(blame.what()).find());
  }
}
