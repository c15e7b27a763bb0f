package org.bitref.cli.identify;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Markdown;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Summary;
import org.bitref.cli.console.Version;
import org.bitref.cli.explain.SearchEvidence;
import org.bitref.cli.explain.SearchWords;
import org.bitref.cli.identify.KnownRecipes.Ignored;
import org.bitref.cli.identify.KnownRecipes.Known;
import org.bitref.cli.words.DeviceWords;
import org.bitref.cli.words.FactorWords;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.FoundFactors;
import org.bitref.search.GemmHints;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Identification.TileMatch;
import org.bitref.search.Outcome.Functions;
import org.bitref.search.Outcome.Scaled;
import org.bitref.search.Tie;
import org.bitref.tensor.Widened;

/**
 * What is known of a captured product.
 *
 * @param y the name of the product
 * @param scales of its operands, as they were given
 * @param catalogue recipes of a catalogue
 * @param tactic the kernel that an engine's layers name for y
 * @param widened if y is stored in a wider type than it needs
 * @param device that computed y, as far as that is known
 * @param seconds that the search took
 */
record IdentifyReport(
    String file,
    String y,
    Scales scales,
    Identification found,
    KnownRecipes catalogue,
    Optional<Tactic> tactic,
    Optional<Widened> widened,
    Device device,
    double seconds)
    implements Summary {
  private static final int SHOWN = 5;

  /**
   * A kernel.
   *
   * @param suggests what its name says, in words; empty if it says nothing
   * @param agrees whether the recipe does; empty if nothing is suggested or reproduced
   */
  record Tactic(String name, String suggests, Optional<Boolean> agrees) {
    static Tactic of(String name, GemmHints hints, Identification found) {
      boolean reproduced =
          !found.best().isEmpty() && found.best().getFirst().equal() == found.total();
      Stream<StageRecipe> first =
          Stream.concat(found.best().stream().limit(1).map(Match::recipe), found.same().stream());
      boolean agrees = first.anyMatch(recipe -> hints.contradictions((GemmRecipe) recipe) == 0);
      boolean decided = reproduced && !hints.text().isEmpty();
      return new Tactic(name, hints.text(), decided ? Optional.of(agrees) : Optional.empty());
    }

    String words() {
      String meaning = suggests.isEmpty() ? "" : ", by its name: " + suggests;
      String recipe =
          agrees.map(yes -> "; the recipe " + (yes ? "agrees" : "does not agree")).orElse("");
      return "tactic: " + name + meaning + recipe;
    }
  }

  /** A recipe as JSON has it. */
  private record Best(StageRecipe recipe, long equal, List<String> presets) {}

  /** The recipe of some tiles as JSON has it. */
  private record Tiles(StageRecipe recipe, int tiles, long outputs, String first) {}

  /** Scales that were given as JSON has them. */
  private record Given(Optional<String> x, Optional<String> w) {
    static Given of(Scales scales) {
      return new Given(scales.x().map(Given::by), scales.w().map(Given::by));
    }

    private static String by(OperandScale scale) {
      return Json.token(scale.by());
    }
  }

  /** Other functions that reproduce everything as JSON has them; none where one function does. */
  private record Alternatives(int found, boolean more) {
    static Optional<Alternatives> of(org.bitref.search.Outcome outcome) {
      return switch (outcome) {
        case Functions functions ->
            Optional.of(new Alternatives(functions.found() - 1, functions.more()));
        case Scaled scaled -> of(scaled.under());
        default -> Optional.empty();
      };
    }
  }

  /** Factors of the outputs that were found as JSON has them. */
  private record Factors(String by, List<One> factors) {
    /** Of a row or column. */
    private record One(int index, double factor, String text, double least, double most) {}

    static Factors of(FoundFactors found) {
      return new Factors(
          Json.token(found.by()),
          found.factors().stream()
              .map(
                  one ->
                      new One(
                          one.index(),
                          one.simple().value(),
                          FactorWords.text(one.simple()),
                          one.least(),
                          one.most()))
              .toList());
    }
  }

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("path", file);
    json.put("y", y);
    json.put("widened", widened);
    json.put("scales", scales.isEmpty() ? Optional.empty() : Optional.of(Given.of(scales)));
    json.put("factors", found.factors().map(Factors::of));
    json.put("verdict", SearchWords.verdict(found));
    json.put("reason", SearchWords.reason(found));
    json.put("total", found.total());
    json.put(
        "best",
        found.best().stream().map(m -> new Best(m.recipe(), m.equal(), presets(m))).toList());
    json.put("alternatives", Alternatives.of(found.outcome()));
    json.put("same", found.same());
    json.put("ties", SearchEvidence.ties(found));
    json.put("tiles", found.tiles().stream().map(IdentifyReport::tiles).toList());
    json.put("bound", SearchWords.bound(found));
    json.put("pattern", SearchWords.pattern(found));
    json.put("excluded", SearchWords.excluded(found));
    json.put("catalogue", catalogue.tried());
    json.put("ignored", catalogue.ignored());
    json.put("tactic", tactic);
    json.put("device", device);
    json.put("tried", found.tried());
    json.put("seconds", seconds);
    return json;
  }

  private static Tiles tiles(TileMatch one) {
    return new Tiles(one.recipe(), one.tiles(), one.outputs(), SearchWords.place(one));
  }

  /** That nothing which goes with the device reproduces y, where something else does. */
  Optional<String> foreign() {
    return found.best().stream()
        .limit(1)
        .filter(best -> best.equal() == found.total())
        .flatMap(best -> DeviceWords.only(device, best.recipe()).stream())
        .findFirst();
  }

  /** The names of a recipe. */
  static List<String> presets(Match match) {
    return Presets.GEMM.all().stream()
        .filter(preset -> preset.recipe().equals(match.recipe()))
        .map(Preset::name)
        .toList();
  }

  @Override
  public Outcome outcome() {
    return switch (found.verdict()) {
      case IDENTIFIED -> Outcome.OK;
      case UNEXPLAINED, CORRUPT -> Outcome.DIFFERENT;
      case AMBIGUOUS, INCONCLUSIVE -> Outcome.UNDECIDED;
    };
  }

  @Override
  public void markdown(Markdown text) {
    text.heading("bitref identify: %s of %s".formatted(found.verdict(), y));
    text.paragraph("Verdict:", SearchWords.reason(found) + ".");
    foreign().ifPresent(words -> text.paragraph("Note: " + words + "."));
    shown(found.best())
        .forEach(
            one -> {
              text.paragraph("%s of %s outputs equal:".formatted(one.equal(), found.total()));
              text.code(one.recipe().text());
            });
    List<String> excluded = SearchWords.excluded(found);
    if (!excluded.isEmpty()) {
      text.folded("What was excluded, and by what", () -> text.list(excluded));
    }
    text.paragraph(
        "%s functions tried on %s. bitref %s, commit %s."
            .formatted(found.tried(), file, Version.BITREF, Version.COMMIT));
  }

  @Override
  public void text(Lines text) {
    text.line("%s: %s".formatted(y, found.verdict()));
    widened.ifPresent(
        of ->
            text.line(
                "The file stores values of %s as %s; they are taken as %s."
                    .formatted(of.held(), of.stored(), of.held())));
    FactorWords.given(scales).ifPresent(text::paragraph);
    text.paragraph(SearchWords.reason(found) + ".");
    foreign().ifPresent(words -> text.paragraph("Note: " + words + "."));
    if (found.factors().isPresent()) {
      text.line("(--format json lists the factors, each with the least and the most that fit)");
    }
    text.blank();
    tactic.ifPresent(kernel -> text.paragraph(kernel.words()));
    catalogue(text);
    best(text);
    for (Tie tie : shown(found.ties())) {
      text.line("distinguished by " + SearchWords.input(tie));
      text.paragraph(tie.recipe().text(), "  ");
    }
    for (TileMatch one : found.tiles()) {
      text.line(
          "%s tiles, %s outputs, the first at %s"
              .formatted(one.tiles(), one.outputs(), SearchWords.place(one)));
      text.paragraph(one.recipe().text(), "  ");
    }
    if (!SearchWords.bound(found).isEmpty()) {
      String bound = "Every output is inside the bound of: " + SearchWords.bound(found) + ".";
      text.paragraph(bound);
    }
    SearchWords.excluded(found).forEach(one -> text.paragraph("excluded: " + one, "  "));
    text.line(found.tried() + " functions tried in " + Numbers.seconds(seconds));
  }

  private void catalogue(Lines text) {
    for (Known one : shown(catalogue.tried())) {
      String from = "catalogue: %s (%s, %s)".formatted(one.name(), one.device(), one.framework());
      text.paragraph(from);
      text.line("  %s of %s equal".formatted(one.equal(), found.total()));
    }
    more(text, catalogue.tried().size(), "entries");
    catalogue.ignored().stream()
        .collect(
            Collectors.groupingBy(
                Ignored::reason,
                LinkedHashMap::new,
                Collectors.mapping(Ignored::name, Collectors.joining(", "))))
        .forEach(
            (reason, names) ->
                text.paragraph("catalogue: ignored %s: %s".formatted(names, reason)));
  }

  private void best(Lines text) {
    String what = found.ties().isEmpty() && outcome() != Outcome.OK ? "nearest" : "equal";
    for (Match one : shown(found.best())) {
      text.line("%s %s of %s".formatted(what, one.equal(), found.total()));
      text.paragraph(one.recipe().text(), "  ");
      if (!presets(one).isEmpty()) {
        text.paragraph("presets: " + String.join(", ", presets(one)), "  ");
      }
    }
    more(text, found.best().size(), "recipes");
    if (!found.same().isEmpty()) {
      text.line("the same function at this shape:");
      shown(found.same()).forEach(recipe -> text.paragraph(recipe.text(), "  "));
      more(text, found.same().size(), "texts");
    }
  }

  private static <T> List<T> shown(List<T> all) {
    return all.subList(0, Math.min(SHOWN, all.size()));
  }

  private static void more(Lines text, int size, String what) {
    if (size > SHOWN) {
      text.line("  and " + (size - SHOWN) + " more " + what + " (--format json lists them)");
    }
  }
}
