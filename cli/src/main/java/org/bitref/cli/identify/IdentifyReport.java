package org.bitref.cli.identify;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;
import org.bitref.cli.identify.KnownRecipes.Ignored;
import org.bitref.cli.identify.KnownRecipes.Known;
import org.bitref.explain.SearchWords;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.GemmHints;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Outcome;
import org.bitref.search.Verdict;

/**
 * What is known of a captured product.
 *
 * @param verdict in the words of the manual
 * @param best recipes by their equal outputs
 * @param same other texts of {@code best[0]}: the same bits for every input of this shape
 * @param ties if ambiguous, one of each class
 * @param tiles if the recipe differs from tile to tile
 * @param bound if unexplained, the narrowest kind of arithmetic that may have done it
 * @param pattern if corrupt, what happened
 * @param catalogue recipes of a catalogue, by their equal outputs
 * @param ignored entries of the catalogue that cannot be of this product
 * @param tactic the kernel's name, null if none is known
 * @param tried functions that were tried
 */
record IdentifyReport(
    String file,
    String y,
    String verdict,
    String reason,
    long total,
    List<Best> best,
    List<String> same,
    List<Part> ties,
    List<Tiles> tiles,
    String bound,
    String pattern,
    List<String> excluded,
    List<Known> catalogue,
    List<Ignored> ignored,
    Tactic tactic,
    int tried,
    double seconds)
    implements Result {
  private static final int SHOWN = 5;

  /**
   * @param presets names of the recipe
   */
  record Best(String recipe, long equal, List<String> presets) {}

  /**
   * @param probe an input that parts it from the others
   */
  record Part(String recipe, String probe) {}

  record Tiles(String recipe, int tiles, long outputs, String first) {}

  /**
   * The kernel that an engine's layers name for y.
   *
   * @param suggests in words; empty if the name says nothing
   * @param agrees whether {@code best[0]} does; null if nothing is suggested or reproduced
   */
  record Tactic(String name, String suggests, Boolean agrees) {
    static Tactic of(String name, GemmHints hints, Identification found) {
      boolean reproduced =
          !found.best().isEmpty() && found.best().getFirst().equal() == found.total();
      Stream<StageRecipe> first =
          Stream.concat(found.best().stream().limit(1).map(Match::recipe), found.same().stream());
      boolean agrees = first.anyMatch(recipe -> hints.contradictions((GemmRecipe) recipe) == 0);
      boolean decided = reproduced && !hints.text().isEmpty();
      return new Tactic(name, hints.text(), decided ? agrees : null);
    }

    String words() {
      String meaning = suggests.isEmpty() ? "" : ", by its name: " + suggests;
      String recipe =
          agrees == null ? "" : "; the recipe " + (agrees ? "agrees" : "does not agree");
      return "tactic: " + name + meaning + recipe;
    }
  }

  static IdentifyReport of(
      String file,
      String y,
      Identification found,
      KnownRecipes catalogue,
      Optional<Tactic> tactic,
      double seconds) {
    return new IdentifyReport(
        file,
        y,
        found.verdict().name().toLowerCase(Locale.ROOT),
        SearchWords.reason(found),
        found.total(),
        found.best().stream()
            .map(one -> new Best(one.recipe().text(), one.equal(), presets(one.recipe())))
            .toList(),
        found.same().stream().map(StageRecipe::text).toList(),
        found.ties().stream()
            .map(tie -> new Part(tie.recipe().text(), SearchWords.input(tie)))
            .toList(),
        found.tiles().stream()
            .map(
                one ->
                    new Tiles(
                        one.recipe().text(), one.tiles(), one.outputs(), SearchWords.place(one)))
            .toList(),
        SearchWords.bound(found),
        SearchWords.pattern(found),
        SearchWords.excluded(found),
        catalogue.tried(),
        catalogue.ignored(),
        tactic.orElse(null),
        found.tried(),
        seconds);
  }

  private static List<String> presets(StageRecipe recipe) {
    return Presets.GEMM.all().stream()
        .filter(preset -> preset.recipe().equals(recipe))
        .map(Preset::name)
        .toList();
  }

  @Override
  public Outcome outcome() {
    return switch (Verdict.valueOf(verdict.toUpperCase(Locale.ROOT))) {
      case IDENTIFIED -> Outcome.OK;
      case UNEXPLAINED, CORRUPT -> Outcome.DIFFERENT;
      case AMBIGUOUS, INCONCLUSIVE -> Outcome.UNDECIDED;
    };
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder();
    line(text, "%s: %s".formatted(y, verdict.toUpperCase(Locale.ROOT)));
    text.append(Paragraph.of(reason + ".", ""));
    line(text, "");
    if (tactic != null) {
      text.append(Paragraph.of(tactic.words(), ""));
    }
    for (Known one : catalogue.subList(0, Math.min(SHOWN, catalogue.size()))) {
      String from = "catalogue: %s (%s, %s)".formatted(one.name(), one.device(), one.framework());
      text.append(Paragraph.of(from, ""));
      line(text, "  %d of %d equal".formatted(one.equal(), total));
    }
    more(text, catalogue.size(), "entries");
    ignored(text);
    String what = ties.isEmpty() && outcome() != Outcome.OK ? "nearest" : "equal";
    for (Best one : best.subList(0, Math.min(SHOWN, best.size()))) {
      line(text, "%s %d of %d".formatted(what, one.equal(), total));
      line(text, "  " + one.recipe());
      if (!one.presets().isEmpty()) {
        text.append(Paragraph.of("presets: " + String.join(", ", one.presets()), "  "));
      }
    }
    more(text, best.size(), "recipes");
    same(text);
    for (Part tie : ties.subList(0, Math.min(SHOWN, ties.size()))) {
      line(text, "parted by " + tie.probe());
      line(text, "  " + tie.recipe());
    }
    for (Tiles one : tiles) {
      line(
          text,
          "%d tiles, %d outputs, the first at %s"
              .formatted(one.tiles(), one.outputs(), one.first()));
      line(text, "  " + one.recipe());
    }
    if (!bound.isEmpty()) {
      text.append(Paragraph.of("Every output is inside the bound of: " + bound + ".", ""));
    }
    excluded.forEach(one -> text.append(Paragraph.of("excluded: " + one, "  ")));
    line(text, "%d functions tried in %.1f s".formatted(tried, seconds));
    return text.toString();
  }

  private void ignored(StringBuilder text) {
    Map<String, List<String>> why = new LinkedHashMap<>();
    ignored.forEach(
        one -> why.computeIfAbsent(one.reason(), _ -> new ArrayList<>()).add(one.name()));
    why.forEach(
        (reason, names) -> {
          String from = "catalogue: ignored %s: %s".formatted(String.join(", ", names), reason);
          text.append(Paragraph.of(from, ""));
        });
  }

  private void same(StringBuilder text) {
    if (!same.isEmpty()) {
      line(text, "the same function at this shape:");
      same.stream().limit(SHOWN).forEach(recipe -> line(text, "  " + recipe));
      more(text, same.size(), "texts");
    }
  }

  private static void more(StringBuilder text, int size, String what) {
    if (size > SHOWN) {
      line(text, "  and " + (size - SHOWN) + " more " + what + " (--format json lists them)");
    }
  }

  private static void line(StringBuilder text, String line) {
    text.append(line).append('\n');
  }
}
