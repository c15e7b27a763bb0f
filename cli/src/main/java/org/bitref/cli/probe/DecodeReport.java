package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;
import org.bitref.probe.Decoded;
import org.bitref.probe.Decoded.Evidence;
import org.bitref.recipe.GemmRecipe;

/**
 * What decode found.
 *
 * @param verdict {@code decoded}, {@code ambiguous} or {@code undecided}
 * @param recipe of the first columns; null if there is none
 * @param same other texts of the same function
 * @param ties recipes that give every answer as well but are other functions
 * @param tiles columns that answer in other ways, each with what was found for them
 * @param next folder of the next round; null if there is none
 * @param provenance what the script noted
 */
record DecodeReport(
    String verdict,
    String recipe,
    List<String> same,
    List<String> ties,
    List<Evidence> evidence,
    List<String> open,
    long confirmed,
    List<Tile> tiles,
    String next,
    Map<String, String> provenance)
    implements Result {

  /** Columns that answered alike. */
  record Tile(int firstColumn, int columns, String recipe) {
    private String found() {
      return recipe == null ? "undecided" : recipe;
    }
  }

  static DecodeReport of(List<Decoded> all, Optional<Path> next, Map<String, String> provenance) {
    Decoded first = all.getFirst();
    List<String> recipes = first.recipes().stream().map(GemmRecipe::text).toList();
    boolean done = all.stream().allMatch(Decoded::isDecoded);
    List<String> same =
        recipes.isEmpty()
            ? List.of()
            : first.classes().getFirst().stream().skip(1).map(GemmRecipe::text).toList();
    return new DecodeReport(
        done ? "decoded" : recipes.isEmpty() ? "undecided" : "ambiguous",
        recipes.isEmpty() ? null : recipes.getFirst(),
        same,
        recipes.stream().skip(1).toList(),
        first.evidence(),
        first.open(),
        first.confirmed(),
        tiles(all),
        next.map(Path::toString).orElse(null),
        new TreeMap<>(provenance));
  }

  private static List<Tile> tiles(List<Decoded> all) {
    List<Tile> tiles = new ArrayList<>();
    for (Decoded decoded : all.size() < 2 ? List.<Decoded>of() : all) {
      String recipe = decoded.classes().isEmpty() ? null : decoded.recipes().getFirst().text();
      tiles.add(new Tile(decoded.columns().getFirst(), decoded.columns().size(), recipe));
    }
    return tiles;
  }

  @Override
  public Outcome outcome() {
    return verdict.equals("decoded") ? Outcome.OK : Outcome.UNDECIDED;
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder(verdict).append('\n');
    if (recipe != null) {
      text.append(recipe).append("\n\n");
    }
    for (Evidence item : evidence) {
      text.append(item.about()).append('\n').append(Paragraph.of(item.finding(), "    "));
    }
    list(text, "the same function:", same);
    list(text, "not told apart from it:", ties);
    for (String item : open) {
      text.append("undecided\n").append(Paragraph.of(item, "    "));
    }
    for (Tile tile : tiles) {
      text.append(
          "columns from %d on (%d in all): %s%n"
              .formatted(tile.firstColumn, tile.columns, tile.found()));
    }
    if (next != null) {
      text.append("next round: ").append(next).append('\n');
    }
    return text.toString();
  }

  private static void list(StringBuilder text, String head, List<String> recipes) {
    if (!recipes.isEmpty()) {
      text.append(head).append('\n');
      recipes.stream().limit(6).forEach(r -> text.append("    ").append(r).append('\n'));
      if (recipes.size() > 6) {
        text.append("    and ").append(recipes.size() - 6).append(" more\n");
      }
    }
  }
}
