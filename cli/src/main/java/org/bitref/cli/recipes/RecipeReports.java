package org.bitref.cli.recipes;

import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;

/** What the subcommands of recipes print. */
final class RecipeReports {
  private RecipeReports() {}

  /** A recipe and what it stands for. */
  record Named(String name, String description) {}

  /** All recipes: of whole models, of attention, and of matrix products. */
  record Names(List<Named> models, List<Named> attentions, List<Named> gemms) implements Result {
    @Override
    public void text(Lines text) {
      section(text, "For a whole model (golden --recipe):", models);
      text.blank();
      section(text, "For a model's attention:", attentions);
      text.blank();
      section(text, "For a matrix product:", gemms);
    }

    private static void section(Lines text, String title, List<Named> recipes) {
      text.line(title);
      for (Named named : recipes) {
        text.line("  " + named.name);
        text.paragraph(named.description, "      ");
      }
    }
  }

  /**
   * The rules of a recipe.
   *
   * @param rules recipe by stage pattern
   * @param source as a file
   * @param bySize the choice of a library, if a size was asked for
   */
  record Rules(String name, Map<String, String> rules, String source, List<SizeChoices> bySize)
      implements Result {
    @Override
    public void text(Lines text) {
      text.block(source);
      bySize.forEach(choice -> text.paragraph(choice.told(), "# "));
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
    public void text(Lines text) {
      for (Difference difference : differences) {
        text.line(difference.stages);
        line(text, "- ", difference.a);
        line(text, "+ ", difference.b);
      }
      String verdict =
          differences.isEmpty()
              ? "the same rules"
              : Numbers.count(differences.size(), "rule") + " not the same: - " + a + ", + " + b;
      text.line(verdict);
    }

    private static void line(Lines text, String sign, String recipe) {
      if (recipe != null) {
        text.line("  " + sign + recipe);
      }
    }
  }
}
