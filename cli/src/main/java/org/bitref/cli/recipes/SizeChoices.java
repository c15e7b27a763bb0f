package org.bitref.cli.recipes;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.recipe.BySize;
import org.bitref.recipe.Chosen;
import org.bitref.recipe.Chosen.Basis;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.SizeTable;
import org.bitref.recipe.Sizes;

/**
 * What a library's table chose for the sizes at hand.
 *
 * @param table its name
 * @param library and its version
 * @param device that the table was measured on
 * @param sizes each once
 */
public record SizeChoices(String table, String library, String device, List<Choice> sizes) {
  private static final int SHOWN = 2;

  /**
   * One choice.
   *
   * @param stage the first that has these sizes; empty for a product alone
   * @param measured false if the library was not asked for these sizes
   * @param nearest the sizes that it was asked for
   */
  public record Choice(
      String stage, String sizes, String recipe, boolean measured, String nearest) {
    static Choice of(String stage, Sizes sizes, Chosen chosen) {
      return new Choice(
          stage,
          sizes.text(),
          chosen.recipe().text(),
          chosen.basis() == Basis.MEASURED,
          chosen.nearest().text());
    }

    private String told() {
      return (stage.isEmpty() ? "" : stage + ", ") + sizes + ", as for " + nearest;
    }
  }

  /** What is chosen for one product. */
  public static SizeChoices of(SizeTable table, Sizes sizes) {
    return of(table, List.of(Choice.of("", sizes, new BySize(table.name()).at(sizes))));
  }

  private static SizeChoices of(SizeTable table, Collection<Choice> sizes) {
    return new SizeChoices(
        table.name(), table.library(), table.device().word(), List.copyOf(sizes));
  }

  /**
   * What is chosen for the stages of a model.
   *
   * @param tokens that are computed at a time
   */
  public static List<SizeChoices> of(
      ModelRecipe recipe, List<Stage> stages, PrefillInputs inputs, int tokens) {
    Map<String, Map<Sizes, Choice>> byTable = new LinkedHashMap<>();
    for (Stage stage : stages) {
      String name = stage.id().name();
      if (recipe.of(name) instanceof BySize by) {
        Sizes sizes = inputs.sizes(stage, tokens).orElseThrow();
        byTable
            .computeIfAbsent(by.name(), _ -> new LinkedHashMap<>())
            .computeIfAbsent(sizes, _ -> Choice.of(name, sizes, by.at(sizes)));
      }
    }
    List<SizeChoices> choices = new ArrayList<>();
    byTable.forEach(
        (table, sizes) -> choices.add(of(SizeTable.find(table).orElseThrow(), sizes.values())));
    return choices;
  }

  /** True if the library was asked for all of these sizes. */
  public boolean measured() {
    return sizes.stream().allMatch(Choice::measured);
  }

  /** In a sentence or two. */
  public String told() {
    String by =
        "%s sums in the order that %s was measured to take on an %s"
            .formatted(table, library, device.toUpperCase(Locale.ROOT));
    List<Choice> others = sizes.stream().filter(one -> !one.measured()).toList();
    if (others.isEmpty()) {
      return by + " for " + all();
    }
    String examples = others.stream().limit(SHOWN).map(Choice::told).collect(joining("; "));
    String more = others.size() > SHOWN ? "; and others (all with --format json)" : "";
    String those =
        others.size() == sizes.size()
            ? all()
            : others.size() + " of these " + sizes.size() + " sizes";
    return "%s; but for %s it is predicted, not measured: %s%s. Confirm with `bitref probe`."
        .formatted(by, those, examples, more);
  }

  private String all() {
    return sizes.size() == 1 ? "this size" : "these " + sizes.size() + " sizes";
  }
}
