package org.bitref.cli.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Table;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Identification.TileMatch;
import org.bitref.search.Tie;

/** What a search for a recipe tried, and how far each got. */
public final class SearchEvidence {
  private static final int SHOWN = 8;

  private SearchEvidence() {}

  /** Writes everything but the verdict and its reason. */
  public static void write(Markup page, Identification found) {
    page.open("div", "class", "evidence");
    page.element("p", "Functions tried: " + found.tried() + ".");
    if (!SearchWords.pattern(found).isEmpty()) {
      page.element("p", "Pattern: " + SearchWords.pattern(found) + ".");
    }
    if (!SearchWords.bound(found).isEmpty()) {
      page.element("p", "Every output is inside the bound of: " + SearchWords.bound(found) + ".");
    }
    best(page, found);
    same(page, found.same());
    ties(page, found.ties());
    tiles(page, found.tiles());
    if (!found.excluded().isEmpty()) {
      page.element("h4", "Excluded");
      page.open("ul");
      SearchWords.excluded(found).forEach(one -> page.element("li", one));
      page.close();
    }
    page.close();
  }

  /** The parts that stand in the JSON object of {@code explain}. */
  static Map<String, Object> json(Identification found) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("verdict", SearchWords.verdict(found));
    json.put("reason", SearchWords.reason(found));
    json.put("total", found.total());
    json.put("tried", found.tried());
    json.put("best", found.best());
    json.put("same", found.same());
    json.put("ties", ties(found));
    json.put("excluded", SearchWords.excluded(found));
    return json;
  }

  /** What a class is told by, as JSON has it. */
  private record Tied(StageRecipe recipe, String probe) {}

  /** The classes of an ambiguous search as JSON has them. */
  public static List<?> ties(Identification found) {
    return found.ties().stream()
        .map(tie -> new Tied(tie.recipe(), SearchWords.input(tie)))
        .toList();
  }

  private static void best(Markup page, Identification found) {
    if (found.best().isEmpty()) {
      return;
    }
    Table.of(shown(found.best()))
        .column("recipe", one -> one.recipe().text())
        .column("equal", Match::equal)
        .column("of", _ -> found.total())
        .html(page);
    more(page, found.best().size());
  }

  private static void same(Markup page, List<StageRecipe> same) {
    if (same.isEmpty()) {
      return;
    }
    page.element("h4", "The same function at this shape");
    page.open("ul", "class", "recipes");
    shown(same).forEach(recipe -> page.element("li", recipe.text()));
    page.close();
    more(page, same.size());
  }

  private static void ties(Markup page, List<Tie> ties) {
    if (ties.isEmpty()) {
      return;
    }
    page.element("h4", ties.size() + " functions fit; distinguishing inputs");
    Table.of(shown(ties))
        .column("recipe", tie -> tie.recipe().text())
        .words("probe", SearchWords::input)
        .html(page);
    more(page, ties.size());
  }

  private static void tiles(Markup page, List<TileMatch> tiles) {
    if (tiles.isEmpty()) {
      return;
    }
    page.element("h4", "Recipes by tile");
    Table.of(tiles)
        .column("recipe", one -> one.recipe().text())
        .column("tiles", TileMatch::tiles)
        .column("outputs", TileMatch::outputs)
        .column("first tile", SearchWords::place)
        .html(page);
  }

  private static <T> List<T> shown(List<T> all) {
    return all.subList(0, Math.min(SHOWN, all.size()));
  }

  private static void more(Markup page, int size) {
    if (size > SHOWN) {
      page.element("p", "and " + (size - SHOWN) + " more, which --format json lists.");
    }
  }
}
