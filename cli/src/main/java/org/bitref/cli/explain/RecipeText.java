package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.cli.console.Lines;
import org.bitref.explain.SystemRecipe;
import org.bitref.explain.SystemRecipe.Evidence;
import org.bitref.explain.SystemRecipe.FoundRule;
import org.bitref.explain.SystemRecipe.OpenStage;
import org.bitref.model.StageNames;
import org.bitref.recipe.ModelRecipe;
import org.bitref.search.Identification.Match;

/** The recipe of a system as a file of rules, its evidence in comments. */
record RecipeText(SystemRecipe recipe) {
  private static final String COMMENT = "# ";
  private static final int NO_LAYER = StageNames.layer("logits");

  /** The file. */
  String text() {
    Lines text = new Lines();
    long reproduced = reproduced();
    text.paragraph(
        "The model recipe of %s, as bitref explain found it: %s of %s captured stages are reproduced, every output. Of several rules the first that matches a stage's whole name holds."
            .formatted(recipe.system(), reproduced, reproduced + recipe.open().size()),
        COMMENT);
    for (FoundRule found : recipe.found()) {
      text.blank();
      found.evidence().forEach(one -> text.paragraph(evidence(one), COMMENT));
      text.line(rule(found.rule()));
    }
    open(text);
    if (!recipe.others().isEmpty()) {
      text.blank();
      text.paragraph(
          "For stages that were not captured or not reproduced: the rules of %s, the named recipe that agrees with most of the others."
              .formatted(recipe.nearest()),
          COMMENT);
      recipe.others().forEach(rule -> text.line(rule(rule)));
    }
    return text.toString();
  }

  /** What the recipe does not reproduce, a sentence each. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (!recipe.open().isEmpty()) {
      warnings.add(
          "%s of %s captured stages of %s have no recipe that gives every output: %s. Other rules stand in for them, see the comments there."
              .formatted(
                  recipe.open().size(),
                  reproduced() + recipe.open().size(),
                  recipe.system(),
                  openByCause()));
    }
    List<String> unrounded =
        evidence()
            .filter(one -> !one.unrounded().isEmpty())
            .map(one -> stages(one.stages()))
            .toList();
    if (!unrounded.isEmpty()) {
      warnings.add(
          "%s read inputs before their rounding to storage in %s. A model recipe cannot say that: golden gives the stage from rounded inputs, and other bits."
              .formatted(String.join("; ", unrounded), recipe.system()));
    }
    return warnings;
  }

  private long reproduced() {
    return evidence().mapToLong(one -> one.stages().size()).sum();
  }

  private Stream<Evidence> evidence() {
    return recipe.found().stream().flatMap(found -> found.evidence().stream());
  }

  private static String rule(ModelRecipe.Rule rule) {
    return rule.pattern() + " = " + rule.recipe().text();
  }

  private static String evidence(Evidence found) {
    String several =
        found.stages().size() == 1 ? ", one of %s that fit" : ", one of up to %s that fit";
    String fits = found.fits() == 1 ? "" : several.formatted(found.fits());
    String settled =
        found.settledBy().isEmpty()
            ? ""
            : ", the one that %s follows from".formatted(names(found.settledBy()));
    String unrounded =
        found.unrounded().isEmpty()
            ? ""
            : "; from unrounded %s, which golden rounds before: there it has other bits"
                .formatted(names(found.unrounded()));
    return "%s: %s of %s outputs equal%s%s%s."
        .formatted(
            stages(found.stages()), found.outputs(), found.outputs(), fits, settled, unrounded);
  }

  private static String names(Collection<String> stages) {
    return String.join(" and ", byKind(stages.stream().sorted(StageNames.BY_PLAN).toList()));
  }

  private void open(Lines text) {
    if (recipe.open().isEmpty()) {
      return;
    }
    text.blank();
    text.paragraph("No recipe gives every output of these captured stages:", COMMENT);
    openKinds()
        .forEach(
            (words, first) -> {
              text.paragraph(words + ". " + standIn(first), COMMENT);
              nearest(first, text);
            });
  }

  private String standIn(OpenStage stage) {
    return stage.standsIn()
        ? "The rule of other layers stands in."
        : "The rule of %s stands in.".formatted(recipe.nearest());
  }

  private static void nearest(OpenStage stage, Lines text) {
    Optional<Match> nearest = stage.nearest().filter(match -> match.equal() < stage.outputs());
    if (nearest.isPresent()) {
      text.paragraph(
          "Nearest, with %s of %s outputs of %s equal:"
              .formatted(nearest.get().equal(), stage.outputs(), stage.stage()),
          COMMENT);
      text.line(COMMENT + "  " + nearest.get().recipe().text());
    }
  }

  /** Stages alike together, in words, and the first of each. */
  private Map<String, OpenStage> openKinds() {
    Map<String, OpenStage> words = new LinkedHashMap<>();
    alike(one -> List.of(kind(one.stage()), why(one), one.standsIn()))
        .values()
        .forEach(
            group ->
                words.put(stages(names(group)) + ": " + why(group.getFirst()), group.getFirst()));
    return words;
  }

  private String openByCause() {
    return alike(RecipeText::why).entrySet().stream()
        .map(one -> one.getKey() + ": " + String.join(", ", byKind(names(one.getValue()))))
        .collect(Collectors.joining("; "));
  }

  private <K> Map<K, List<OpenStage>> alike(Function<OpenStage, K> key) {
    return recipe.open().stream()
        .collect(Collectors.groupingBy(key, LinkedHashMap::new, Collectors.toList()));
  }

  private static List<String> names(List<OpenStage> stages) {
    return stages.stream().map(OpenStage::stage).toList();
  }

  private static String why(OpenStage stage) {
    return switch (stage.cause()) {
      case NOT_REPRODUCED -> StageWords.words(stage.status());
      case TILES -> "reproduced by tiles that have recipes of their own";
      case FACTORS -> "reproduced with factors of the outputs that the model does not hold";
    };
  }

  /** Stages of one kind by their layers: {@code q_proj of layers 0-3}. */
  private static String stages(List<String> stages) {
    List<Integer> layers =
        stages.stream().map(StageNames::layer).filter(layer -> layer != NO_LAYER).toList();
    return layers.isEmpty()
        ? stages.getFirst()
        : "%s of layer%s %s"
            .formatted(
                kind(stages.getFirst()), layers.size() == 1 ? "" : "s", ScopeWords.ranges(layers));
  }

  /** The same of several kinds. */
  private static List<String> byKind(List<String> stages) {
    Map<String, List<String>> kinds = new LinkedHashMap<>();
    stages.forEach(one -> kinds.computeIfAbsent(kind(one), _ -> new ArrayList<>()).add(one));
    return kinds.values().stream().map(RecipeText::stages).toList();
  }

  /** {@code q_proj} of a layer, {@code kv.k} of a cache. */
  private static String kind(String stage) {
    return stage.replaceFirst("^layers\\.\\d+\\.", "").replaceFirst("^kv\\.\\d+", "kv");
  }
}
