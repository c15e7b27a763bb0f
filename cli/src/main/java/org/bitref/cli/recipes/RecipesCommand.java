package org.bitref.cli.recipes;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import org.bitref.cli.recipes.RecipeArgument.UnknownRecipeException;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
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
      "A file of rules can stand wherever a name can.",
    })
public final class RecipesCommand implements Callable<Integer> {
  private final Session session;
  @Spec private CommandSpec spec;

  /** A command that reports to this session. */
  public RecipesCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    return list();
  }

  @Command(name = "list", description = "The names, and what each stands for.")
  int list() {
    List<Named> recipes = new ArrayList<>();
    for (String name : Recipes.models()) {
      String first = Recipes.text(name).lines().findFirst().orElse("");
      recipes.add(new Named(name, first.startsWith("#") ? first.substring(1).strip() : ""));
    }
    return session.finish("recipes", new ListReport(recipes));
  }

  @Command(name = "show", description = "The rules of a recipe, as a file that --recipe takes.")
  int show(@Parameters(paramLabel = "NAME", description = "Recipe or file.") String name) {
    ModelRecipe recipe = resolve(name);
    String text = Recipes.models().contains(name) ? Recipes.text(name) : recipe.text();
    return session.finish("recipes", new ShowReport(name, rules(recipe), text.strip() + "\n"));
  }

  @Command(name = "diff", description = "Rules of A and B that are not the same.")
  int diff(
      @Parameters(paramLabel = "A", description = "Recipe or file.") String a,
      @Parameters(paramLabel = "B", description = "Recipe or file.") String b) {
    ModelRecipe left = resolve(a);
    ModelRecipe right = resolve(b);
    Set<String> patterns = new LinkedHashSet<>();
    left.rules().forEach(rule -> patterns.add(rule.pattern()));
    right.rules().forEach(rule -> patterns.add(rule.pattern()));
    List<Difference> differences = new ArrayList<>();
    for (String pattern : patterns) {
      StageRecipe inA = find(left, pattern);
      StageRecipe inB = find(right, pattern);
      if (inA == null || !inA.equals(inB)) {
        differences.add(new Difference(pattern, textOf(inA), textOf(inB)));
      }
    }
    return session.finish("recipes", new DiffReport(a, b, differences));
  }

  private ModelRecipe resolve(String argument) {
    try {
      return RecipeArgument.resolve(argument);
    } catch (UnknownRecipeException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static StageRecipe find(ModelRecipe recipe, String pattern) {
    return recipe.rules().stream()
        .filter(rule -> rule.pattern().equals(pattern))
        .map(ModelRecipe.Rule::recipe)
        .findFirst()
        .orElse(null);
  }

  private static String textOf(StageRecipe recipe) {
    return recipe == null ? null : recipe.text();
  }

  private static List<RuleText> rules(ModelRecipe recipe) {
    return recipe.rules().stream()
        .map(rule -> new RuleText(rule.pattern(), rule.recipe().text()))
        .toList();
  }

  private record Named(String name, String description) {}

  private record RuleText(String stages, String recipe) {}

  private record ListReport(List<Named> recipes) implements Result {
    @Override
    public String text() {
      return recipes.stream()
          .map(recipe -> "%-14s %s%n".formatted(recipe.name, recipe.description))
          .collect(Collectors.joining());
    }
  }

  private record ShowReport(
      String name, List<RuleText> rules, @JsonInclude(JsonInclude.Include.NON_NULL) String source)
      implements Result {
    @Override
    public String text() {
      return source;
    }
  }

  /**
   * One rule.
   *
   * @param a its recipe in A; null if A has no such rule
   */
  private record Difference(String stages, String a, String b) {}

  private record DiffReport(String a, String b, List<Difference> differences) implements Result {
    @Override
    public String text() {
      StringBuilder text = new StringBuilder();
      for (Difference difference : differences) {
        text.append(difference.stages).append('\n');
        line(text, "- ", difference.a);
        line(text, "+ ", difference.b);
      }
      String verdict =
          differences.isEmpty()
              ? "the same rules"
              : Numbers.count(differences.size(), "rule") + " not the same: - " + a + ", + " + b;
      return text.append(verdict).append('\n').toString();
    }

    private static void line(StringBuilder text, String sign, String recipe) {
      if (recipe != null) {
        text.append("  ").append(sign).append(recipe).append('\n');
      }
    }
  }
}
