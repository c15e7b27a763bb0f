package org.bitref.cli.probe;

import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;
import org.bitref.probe.Decoded;
import org.bitref.probe.Decoded.Evidence;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.Outcome;

/**
 * What decode found.
 *
 * @param all columns that answer alike, each with what was found for them
 * @param next folder of the next round
 * @param provenance what the script noted
 */
record DecodeReport(List<Decoded> all, Optional<Path> next, Map<String, String> provenance)
    implements Result {

  /** How far the answers lead. */
  enum Verdict {
    DECODED,
    AMBIGUOUS,
    UNDECIDED
  }

  /** Columns that answered alike. */
  private record Tile(int firstColumn, int columns, Optional<String> recipe) {
    static Tile of(Decoded decoded) {
      return new Tile(
          decoded.columns().getFirst(), decoded.columns().size(), DecodeReport.recipe(decoded));
    }
  }

  private Decoded first() {
    return all.getFirst();
  }

  Verdict verdict() {
    if (all.stream().allMatch(Decoded::isDecoded)) {
      return Verdict.DECODED;
    }
    return first().classes().isEmpty() ? Verdict.UNDECIDED : Verdict.AMBIGUOUS;
  }

  private String verdictText() {
    return verdict().name().toLowerCase(Locale.ROOT);
  }

  private static Optional<String> recipe(Decoded decoded) {
    return decoded.recipes().stream().findFirst().map(GemmRecipe::text);
  }

  /** Other texts of the same function. */
  private List<String> same() {
    return first().classes().stream()
        .limit(1)
        .flatMap(one -> one.stream().skip(1))
        .map(GemmRecipe::text)
        .toList();
  }

  /** Recipes that give every answer as well but are other functions. */
  private List<String> ties() {
    return first().recipes().stream().skip(1).map(GemmRecipe::text).toList();
  }

  private List<String> open() {
    return first().open().stream().map(DecodeWords::open).toList();
  }

  private List<Tile> tiles() {
    return all.size() < 2 ? List.of() : all.stream().map(Tile::of).toList();
  }

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("verdict", verdictText());
    json.put("recipe", recipe(first()));
    json.put("same", same());
    json.put("ties", ties());
    json.put("evidence", first().evidence());
    json.put("open", open());
    json.put("confirmed", first().confirmed());
    json.put("tiles", tiles());
    json.put("next", next.map(Path::toString));
    json.put("provenance", new TreeMap<>(provenance));
    return json;
  }

  @Override
  public Outcome outcome() {
    return verdict() == Verdict.DECODED ? Outcome.OK : Outcome.UNDECIDED;
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder(verdictText()).append('\n');
    recipe(first()).ifPresent(recipe -> text.append(recipe).append("\n\n"));
    for (Evidence item : first().evidence()) {
      text.append(item.about()).append('\n').append(Paragraph.of(item.finding(), "    "));
    }
    list(text, "the same function:", same());
    list(text, "not told apart from it:", ties());
    for (String item : open()) {
      text.append("undecided\n").append(Paragraph.of(item, "    "));
    }
    for (Tile tile : tiles()) {
      text.append(
          "columns from %d on (%d in all): %s%n"
              .formatted(tile.firstColumn, tile.columns, tile.recipe.orElse("undecided")));
    }
    next.ifPresent(folder -> text.append("next round: ").append(folder).append('\n'));
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
