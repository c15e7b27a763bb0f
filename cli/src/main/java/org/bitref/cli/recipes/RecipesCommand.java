package org.bitref.cli.recipes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.bitref.Text;
import org.bitref.cli.console.Session;
import org.bitref.cli.dump.ProductShape;
import org.bitref.cli.recipes.RecipeReports.Difference;
import org.bitref.cli.recipes.RecipeReports.Named;
import org.bitref.recipe.Chosen;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.SizeTable;
import org.bitref.recipe.Sizes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref recipes}. */
@Command(
    name = "recipes",
    description = "List the named recipes, show the rules of one, or compare two.",
    footer = {
      "Examples:",
      "  bitref recipes",
      "  bitref recipes show hf-bf16-eager > my.recipe",
      "  bitref recipes diff hf-bf16-eager hf-f16-eager",
      "  bitref recipes diff catalogue:driver-580.json catalogue:driver-590.json",
      "A file of rules can stand wherever the name of a model's recipe can.",
    })
public final class RecipesCommand implements Callable<Integer> {
  private static final String GEMM_RULE = "gemm";
  private static final String ATTENTION_RULE = ".*\\.attn_out";

  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return list();
  }

  @Command(
      name = "list",
      description = "The names, and what each stands for.",
      footer = {"Example:", "  bitref recipes list"})
  int list() {
    List<Named> models = new ArrayList<>();
    for (String name : Recipes.models()) {
      String first = Recipes.text(name).lines().findFirst().orElse("");
      models.add(new Named(name, first.startsWith("#") ? first.substring(1).strip() : ""));
    }
    return session.finish(
        "recipes.list",
        new RecipeReports.Names(
            models,
            Presets.ATTENTION.all().stream().map(p -> new Named(p.name(), p.evidence())).toList(),
            Presets.GEMM.all().stream().map(p -> new Named(p.name(), p.evidence())).toList()));
  }

  @Command(
      name = "show",
      description = "The rules of a recipe, as a file that --recipe takes.",
      footer = {
        "Examples:",
        "  bitref recipes show hf-bf16-eager > my.recipe",
        "  bitref recipes show cublas-f16 --shape 16x4096x4096",
      })
  int show(
      @Parameters(paramLabel = "NAME", description = "Recipe or file.") String name,
      @Option(
              names = "--shape",
              paramLabel = "MxNxK",
              description = "What a library takes for a product of this size.")
          Optional<String> shape) {
    if (shape.isPresent()) {
      Sizes sizes = ProductShape.product(shape.get());
      return session.finish("recipes.show", atSize(name, sizes));
    }
    Map<String, String> rules = rules(name);
    return session.finish(
        "recipes.show", new RecipeReports.Rules(name, rules, source(name, rules), List.of()));
  }

  private static RecipeReports.Rules atSize(String name, Sizes sizes) {
    RecipeArgument.checkName(name, RecipeArgument.products());
    Chosen chosen = RecipeArgument.product(name, sizes);
    List<SizeChoices> choice =
        SizeTable.find(name).map(table -> SizeChoices.of(table, sizes)).stream().toList();
    String rule = chosen.recipe().text();
    return new RecipeReports.Rules(name, Map.of(GEMM_RULE, rule), rule + "\n", choice);
  }

  @Command(
      name = "diff",
      description = "Rules of A and B that are not the same.",
      footer = {"Example:", "  bitref recipes diff hf-bf16-eager hf-f16-eager"})
  int diff(
      @Parameters(paramLabel = "A", description = "Recipe or file.") String a,
      @Parameters(paramLabel = "B", description = "Recipe or file.") String b) {
    Map<String, String> left = rules(a);
    Map<String, String> right = rules(b);
    Set<String> patterns = new LinkedHashSet<>(left.keySet());
    patterns.addAll(right.keySet());
    List<Difference> differences = new ArrayList<>();
    for (String pattern : patterns) {
      String inA = left.get(pattern);
      String inB = right.get(pattern);
      if (inA == null || !inA.equals(inB)) {
        differences.add(new Difference(pattern, inA, inB));
      }
    }
    return session.finish("recipes.diff", new RecipeReports.Diff(a, b, differences));
  }

  /** A named recipe of one stage as the only rule of a model's, and as a file. */
  private record Single(String stages, String recipe, String source) {

    /** A model recipe of the same name wins. */
    static Optional<Single> of(String name) {
      if (Recipes.isModel(name)) {
        return Optional.empty();
      }
      return Presets.GEMM
          .find(name)
          .map(p -> of(GEMM_RULE, p, ""))
          .or(
              () ->
                  Presets.ATTENTION
                      .find(name)
                      .map(p -> of(ATTENTION_RULE, p, ATTENTION_RULE + " = ")));
    }

    private static Single of(String stages, Presets.Preset<?> preset, String start) {
      String text = preset.recipe().text();
      return new Single(stages, text, "# %s\n%s%s\n".formatted(preset.evidence(), start, text));
    }
  }

  /** Canonical texts by stage pattern; a GEMM or attention recipe is one rule. */
  private Map<String, String> rules(String argument) {
    if (argument.startsWith(Catalogue.PREFIX)) {
      return catalogued(argument);
    }
    Optional<Single> single = Single.of(argument);
    if (single.isPresent()) {
      return Map.of(single.get().stages(), single.get().recipe());
    }
    ModelRecipe recipe =
        RecipeArgument.find(argument)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        RecipeArgument.unknown(argument, RecipeArgument.names())));
    Map<String, String> rules = new LinkedHashMap<>();
    recipe.rules().forEach(rule -> rules.putIfAbsent(rule.pattern(), rule.recipe().text()));
    return rules;
  }

  /** One entry of a catalogue, or all of them by name. */
  private static Map<String, String> catalogued(String argument) {
    if (argument.contains("#")) {
      return Map.of(GEMM_RULE, Catalogue.resolve(argument));
    }
    Map<String, String> rules = new LinkedHashMap<>();
    Path file = Path.of(argument.substring(Catalogue.PREFIX.length()));
    Catalogue.read(file).recipes().forEach(entry -> rules.put(entry.name(), entry.recipe()));
    return rules;
  }

  private static String source(String name, Map<String, String> rules) {
    if (Recipes.isModel(name)) {
      return Recipes.text(name).strip() + "\n";
    }
    return Single.of(name)
        .map(Single::source)
        .orElseGet(
            () ->
                rules.entrySet().stream()
                    .map(rule -> Text.line(rule.getKey() + " = " + rule.getValue()) + "\n")
                    .collect(Collectors.joining()));
  }
}
