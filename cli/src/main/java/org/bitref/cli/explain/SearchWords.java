package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.bitref.cli.console.Json;
import org.bitref.cli.words.DamageWords;
import org.bitref.cli.words.FactorWords;
import org.bitref.diagnose.Diagnosed;
import org.bitref.numerics.Format;
import org.bitref.recipe.NormRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Excluded;
import org.bitref.search.Identification.TileMatch;
import org.bitref.search.Misfit;
import org.bitref.search.Outcome;
import org.bitref.search.Tie;
import org.bitref.search.Verdict;

/** The results of searches in words. */
public final class SearchWords {
  private SearchWords() {}

  /** The verdict, as the manual spells it. */
  public static String verdict(Identification found) {
    return Json.token(found.verdict());
  }

  /** Why the verdict is as it is, in one sentence. */
  public static String reason(Identification found) {
    return reason(found.outcome(), found);
  }

  private static String reason(Outcome outcome, Identification found) {
    return switch (outcome) {
      case Outcome.Scaled(var factors, var under) ->
          FactorWords.of(factors) + "; with that " + reason(under, found);
      case Outcome.Functions functions -> functions(functions, found.tried());
      case Outcome.Classes(int classes) ->
          classes == 1
              ? "one class of recipes reproduces every output, bit for bit"
              : classes + " classes of recipes reproduce every output and differ on other inputs";
      case Outcome.Tiles tiles ->
          "the recipe differs from tile to tile: %s recipes reproduce all outputs of the tiles of %s rows and columns"
              .formatted(tiles.recipes(), TileMatch.SIDE);
      case Outcome.Known known -> known(known, found.tried());
      case Outcome.Zeros _ -> "every output is zero";
      case Outcome.TooFew(int informative) ->
          "%s of %s outputs have a product other than zero, and fewer than %s decide nothing"
              .formatted(informative, found.total(), Outcome.TooFew.LEAST);
      case Outcome.NotSearched _ ->
          "no recipe was searched: none was found for an earlier stage of this kind";
      case Outcome.Unexplained _ -> "no function of " + found.tried() + " reproduces all outputs";
      case Outcome.Beyond beyond -> diagnosed((Diagnosed) beyond, found.tried());
    };
  }

  private static String functions(Outcome.Functions functions, int tried) {
    if (functions.found() == 1) {
      return "one function of %s reproduces all outputs, and none of its neighbours does"
          .formatted(tried);
    }
    String accumulators =
        functions.accumulators().stream()
            .map(SearchWords::word)
            .sorted()
            .collect(Collectors.joining(", "));
    return "%s%s functions of %s reproduce all outputs; %s %s; %s"
        .formatted(
            functions.more() ? "at least " : "",
            functions.found(),
            tried,
            functions.accumulators().size() == 1 ? "all sum in" : "they sum in",
            accumulators,
            undecided(functions));
  }

  /** What outputs that several functions fit show, and what they do not. */
  private static String undecided(Outcome.Functions functions) {
    if (functions.telling() == 0) {
      return "all kinds of accumulators give the same here: these outputs tell none from another";
    }
    if (functions.verdict() == Verdict.IDENTIFIED) {
      return "plain sums in other formats do not, and which of these functions it was only more"
          + " outputs tell";
    }
    if (!functions.isOneKind() || functions.telling() < Outcome.Functions.ENOUGH) {
      return "the outputs are too few"
          + (functions.isOneKind()
              ? ": on %s, where %s are asked for, kinds of accumulators differ"
                  .formatted(functions.telling(), Outcome.Functions.ENOUGH)
              : "");
    }
    return "none of them is of the device";
  }

  private static String known(Outcome.Known known, int tried) {
    return switch (known.source()) {
      case GIVEN ->
          "no function of %s that were searched reproduces all outputs, but what was known before does"
              .formatted(tried);
      case EARLIER_LAYER -> "the recipe of an earlier layer reproduces every output here";
      case OTHER_PRODUCT ->
          "the recipe of another stage of this kind in this system reproduces every output here";
      case OTHER_SYSTEM ->
          "the recipe of this kind of stage in another system reproduces every output";
    };
  }

  private static String diagnosed(Diagnosed diagnosed, int tried) {
    return switch (diagnosed) {
      case Diagnosed.Damaged(var corruption) -> DamageWords.of(corruption);
      case Diagnosed.Outside out ->
          String.format(
              Locale.ROOT,
              "%d of %d outputs lie outside the rounding bound; element %d is %s where %s +- %.3g"
                  + " is due",
              out.count(),
              out.total(),
              out.worst(),
              out.y(),
              out.exact(),
              out.bound());
      case Diagnosed.Loose(double correlation) ->
          String.format(
              Locale.ROOT,
              "y follows x·wᵀ only loosely (correlation %.2f): K may not be whole, or x and w may"
                  + " not be those of y",
              correlation);
      case Diagnosed.Inside(_, boolean product) ->
          product
              ? "no function of " + tried + " reproduces all outputs"
              : "no recipe tried reproduces every output; all lie within the rounding bound";
    };
  }

  /** The narrowest kind of arithmetic that holds unexplained outputs; empty if there is none. */
  public static String bound(Identification found) {
    return found.outcome() instanceof Diagnosed.Inside inside
        ? inside.family().map(DamageWords::family).orElse("")
        : "";
  }

  /** What happened to corrupt outputs, in a few words; empty if nothing did that has a name. */
  public static String pattern(Identification found) {
    return found.outcome() instanceof Diagnosed.Damaged damaged
        ? damaged.corruption().pattern().name().toLowerCase(Locale.ROOT).replace('_', ' ')
        : "";
  }

  /** An input on which a class differs from the others; empty for the class they differ from. */
  public static String input(Tie tie) {
    return switch (tie.input()) {
      case Tie.Terms terms -> terms(terms);
      case Tie.Point(double x, long bits) -> "x = " + x + " (0x" + Long.toHexString(bits) + ")";
      case Tie.Random(long differing, long total) ->
          "random inputs of this shape: %s of %s outputs differ".formatted(differing, total);
      case Tie.Rows(int differing, int total, int width) ->
          "float32 outputs: %s of %s random rows of %s get another scale"
              .formatted(differing, total, width);
      case Tie.Other.FIRST -> "";
      case Tie.Other.WEIGHTS -> "weights that are not 1: the formulas differ";
      case Tie.Other.SCALES -> "scales that are no powers of two: they come in at another place";
      case Tie.Other.PROBE -> "a probe of the device at this shape";
      case Tie.Other.UNKNOWN -> "no distinguishing input was found: it may be the same function";
    };
  }

  private static String terms(Tie.Terms terms) {
    StringJoiner text = new StringJoiner(", ");
    terms.x().forEach((place, value) -> text.add("x[" + place + "] = " + number(value)));
    String hex = "0x%0" + terms.format().width() / 4 + "x";
    return (text + ", else 0, w = 1: " + hex + " against " + hex)
        .formatted(terms.bits(), terms.others());
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : Double.toHexString(value);
  }

  /** What else was tried, a line each. */
  public static List<String> excluded(Identification found) {
    List<String> lines = new ArrayList<>();
    List<String> none = new ArrayList<>();
    for (Excluded one : found.excluded()) {
      switch (one) {
        case Excluded.Kind(String kind, int first) when first == 0 -> none.add(kind);
        case Excluded.Kind(String kind, int first) ->
            lines.add(kind + ": none got more than the first " + first + " outputs right");
        case Excluded.Recipe(NormRecipe norm, long equal, long of) ->
            lines.add(
                "form %s: at most %s of %s, %s"
                    .formatted(
                        norm.form().name().toLowerCase(Locale.ROOT), equal, of, norm.text()));
        case Excluded.Recipe(var recipe, long equal, long of) ->
            lines.add(recipe.text() + ": " + equal + " of " + of);
      }
    }
    if (!none.isEmpty()) {
      lines.add(String.join("; ", none) + ": none got the first output right");
    }
    return lines;
  }

  /** Where the first of some tiles lies. */
  public static String place(TileMatch tile) {
    long side = TileMatch.SIDE - 1;
    return "rows %s-%s, columns %s-%s"
        .formatted(tile.row(), tile.row() + side, tile.column(), tile.column() + side);
  }

  /** Why a recipe cannot be that of a stage. */
  public static String misfit(Misfit misfit) {
    return switch (misfit) {
      case Misfit.Stores(Format stored, Format captured) ->
          "stores " + word(stored) + ", not " + word(captured);
      case Misfit.Takes(Format in, Format operand) ->
          "takes " + word(in) + " operands, not " + word(operand);
      case Misfit.Other.KIND -> "is of no product";
      case Misfit.Other.NO_BIAS -> "adds a bias, and none is given";
      case Misfit.Other.BLOCKS -> "multiplies sums over several blocks of K by their scales";
      case Misfit.Other.NO_ADDEND -> "adds another tensor, and none is given";
    };
  }

  private static String word(Format format) {
    return format.name().toLowerCase(Locale.ROOT);
  }
}
