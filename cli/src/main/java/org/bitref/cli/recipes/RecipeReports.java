package org.bitref.cli.recipes;

import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;

/** What the subcommands of recipes print. */
final class RecipeReports {
  private RecipeReports() {}

  /** A recipe and what it stands for. */
  record Named(String name, String description) {}

  /** All recipes: of whole models, of attention, and of matrix products. */
  record Names(List<Named> models, List<Named> attentions, List<Named> gemms) implements Result {
    @Override
    public String text() {
      return section("For a whole model (golden --recipe):", models)
          + section("\nFor a model's attention:", attentions)
          + section("\nFor a matrix product:", gemms);
    }

    private static String section(String title, List<Named> recipes) {
      StringBuilder text = new StringBuilder(title).append('\n');
      for (Named named : recipes) {
        text.append("  ").append(named.name).append('\n');
        text.append(Paragraph.of(named.description, "      "));
      }
      return text.toString();
    }
  }

  /**
   * The rules of a recipe.
   *
   * @param rules recipe by stage pattern
   * @param source as a file
   */
  record Rules(String name, Map<String, String> rules, String source) implements Result {
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
  record Difference(String stages, String a, String b) {}

  /** Rules that differ. */
  record Diff(String a, String b, List<Difference> differences) implements Result {
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
