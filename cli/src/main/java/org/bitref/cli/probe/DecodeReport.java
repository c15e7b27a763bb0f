package org.bitref.cli.probe;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Result;
import org.bitref.cli.probe.EvidenceWords.Finding;
import org.bitref.probe.Decoded;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.recipe.GemmRecipe;

/**
 * What decode found.
 *
 * @param nextPath folder of the next round
 * @param provenance what the script noted
 */
record DecodeReport(
    @JsonUnwrapped Findings findings,
    Optional<String> nextPath,
    SortedMap<String, String> provenance)
    implements Result {
  private static final int SHOWN = 6;

  static DecodeReport of(Findings findings, Optional<Path> next, Map<String, String> provenance) {
    return new DecodeReport(findings, next.map(Path::toString), new TreeMap<>(provenance));
  }

  /** How far the answers lead. */
  enum Verdict {
    DECODED,
    AMBIGUOUS,
    UNDECIDED,
    /** Functions: one is none that is known. */
    DIFFERS;

    @Override
    @JsonValue
    public String toString() {
      return Json.token(this);
    }
  }

  /** What the answers to a question say. */
  sealed interface Findings {
    Verdict verdict();

    void text(Lines text);
  }

  /**
   * Of a product.
   *
   * @param recipe of the first columns
   * @param same other texts of the same function
   * @param ties recipes that give every answer as well but are other functions
   * @param tiles columns that answered alike; empty if all did
   */
  record Product(
      Verdict verdict,
      Optional<String> recipe,
      List<String> same,
      List<String> ties,
      List<Finding> evidence,
      List<String> open,
      long confirmed,
      List<Tile> tiles)
      implements Findings {
    /** Columns that answered alike. */
    private record Tile(int firstColumn, int columns, Optional<String> recipe) {}

    static Product of(List<Decoded> all) {
      Decoded first = all.getFirst();
      boolean none = first.classes().isEmpty();
      boolean done = all.stream().allMatch(Decoded::isDecoded);
      List<Tile> tiles =
          all.stream()
              .map(d -> new Tile(d.columns().getFirst(), d.columns().size(), recipe(d)))
              .toList();
      return new Product(
          done ? Verdict.DECODED : none ? Verdict.UNDECIDED : Verdict.AMBIGUOUS,
          recipe(first),
          none ? List.of() : others(first.classes().getFirst()),
          others(first.recipes()),
          EvidenceWords.of(first),
          first.open().stream().map(DecodeWords::open).toList(),
          first.confirmed(),
          tiles.size() < 2 ? List.of() : tiles);
    }

    private static Optional<String> recipe(Decoded decoded) {
      return decoded.recipes().stream().findFirst().map(GemmRecipe::text);
    }

    private static List<String> others(List<GemmRecipe> recipes) {
      return recipes.stream().skip(1).map(GemmRecipe::text).toList();
    }

    @Override
    public void text(Lines text) {
      recipe.ifPresent(
          first -> {
            first.lines().forEach(text::line);
            text.blank();
          });
      evidence.forEach(item -> item(text, item.about(), item.finding()));
      list(text, "the same function:", same);
      list(text, "not told apart from it:", ties);
      open.forEach(item -> item(text, "undecided", item));
      for (Tile tile : tiles) {
        text.line(
            "columns from %s on (%s in all): %s"
                .formatted(tile.firstColumn, tile.columns, tile.recipe.orElse("undecided")));
      }
    }

    private static void list(Lines text, String head, List<String> recipes) {
      if (!recipes.isEmpty()) {
        text.line(head);
        recipes.stream().limit(SHOWN).forEach(r -> text.line("    " + r));
        if (recipes.size() > SHOWN) {
          text.line("    and " + (recipes.size() - SHOWN) + " more");
        }
      }
    }
  }

  /** Of functions. */
  record Functions(
      Verdict verdict,
      Optional<String> recipe,
      List<Finding> evidence,
      List<FunctionFinding> functions)
      implements Findings {
    /** Decoded if each is. */
    static Functions of(List<FunctionFinding> all) {
      Map<FunctionFinding.Verdict, List<FunctionFinding>> by =
          all.stream().collect(Collectors.groupingBy(FunctionFinding::verdict));
      List<FunctionFinding> decoded = by.getOrDefault(FunctionFinding.Verdict.DECODED, List.of());
      return new Functions(
          by.containsKey(FunctionFinding.Verdict.DIFFERS)
              ? Verdict.DIFFERS
              : decoded.size() == all.size() ? Verdict.DECODED : Verdict.AMBIGUOUS,
          decoded.stream()
              .map(f -> f.name() + " = " + f.recipe().orElseThrow())
              .reduce((a, b) -> a + "\n" + b),
          all.stream().map(f -> new Finding(f.name(), DecodeWords.sentence(f))).toList(),
          all);
    }

    @Override
    public void text(Lines text) {
      for (FunctionFinding f : functions) {
        item(text, f.name(), DecodeWords.sentence(f));
        if (!f.same().isEmpty()) {
          String more = f.same().size() > 3 ? ", …" : "";
          String names = f.same().stream().limit(3).collect(Collectors.joining(", "));
          text.paragraph("the same function: " + names + more, "    ");
        }
      }
    }
  }

  private static void item(Lines text, String about, String finding) {
    text.line(about);
    text.paragraph(finding, "    ");
  }

  @Override
  public Outcome outcome() {
    return findings.verdict() == Verdict.DECODED ? Outcome.OK : Outcome.UNDECIDED;
  }

  @Override
  public void text(Lines text) {
    text.line(findings.verdict().toString());
    findings.text(text);
    nextPath.ifPresent(folder -> text.line("next round: " + folder));
  }
}
