package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bitref.cli.compare.Nearest.Layer;
import org.bitref.cli.compare.Nearest.Reference;
import org.bitref.cli.compare.Nearest.Row;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;

/** What a cache is nearest to, for people. */
final class NearestText {
  /** Columns of references that fit beside a layer's number. */
  private static final int COLUMNS = 6;

  private NearestText() {}

  static void write(Lines text, Nearest nearest, boolean inFull) {
    text.line("KV cache A against each reference, the nearest first:");
    text.table(rows(nearest));
    nearest.references().forEach(reference -> names(text, reference));
    text.blank();
    if (inFull) {
      for (Table<Layer> layers : layers(nearest)) {
        text.table(layers);
        text.blank();
      }
    }
    text.paragraph(verdict(nearest));
    text.blank();
  }

  /** The references, the nearest first. */
  static Table<Row> rows(Nearest nearest) {
    return Table.of(nearest.rows())
        .column("ref", Row::ref)
        .column("mean |A-ref|", row -> Numbers.brief(row.meanAbs()))
        .column("rms", row -> Numbers.brief(row.rms()))
        .column("cosine", row -> row.equal() == row.total() ? "1" : Numbers.cosine(row.cosine()))
        .column("equal%", row -> Numbers.percent(row.equal(), row.total()));
  }

  private static void names(Lines text, Reference reference) {
    text.line(reference.letter() + "  " + reference.name());
    reference.path().ifPresent(path -> text.paragraph(path.words(), "   "));
  }

  /** Which layers are nearest to what. */
  static List<Table<Layer>> layers(Nearest nearest) {
    List<Table<Layer>> tables = new ArrayList<>();
    int all = nearest.references().size();
    for (int from = 0; from < all; from += COLUMNS) {
      Table<Layer> table = Table.of(nearest.layers()).column("layer, mean", Layer::layer);
      for (int i = from; i < Math.min(all, from + COLUMNS); i++) {
        int number = i;
        table.column(
            nearest.references().get(i).letter(),
            layer -> Numbers.brief(layer.meanAbs().get(number)));
      }
      tables.add(table.column("nearest", layer -> String.join(" ", layer.nearest())));
    }
    return tables;
  }

  /** Which it is, or that it cannot be told. */
  static String verdict(Nearest nearest) {
    List<Reference> first = nearest.nearest();
    Reference best = first.getFirst();
    String tokens = Numbers.count(best.distance().tokens(), "token");
    if (first.size() > 1) {
      return ("Nearest: a tie of %s. Their mean differences from A are the same, or within two"
              + " standard errors over %s.")
          .formatted(
              first.stream().map(NearestText::called).collect(Collectors.joining(" and ")), tokens);
    }
    String how =
        best.distance().isZero()
            ? "equal to A in every element"
            : "mean |A-%s| %s".formatted(best.letter(), Numbers.brief(best.distance().meanAbs()));
    return "Nearest: %s, %s%s.".formatted(called(best), how, next(nearest, tokens));
  }

  private static String next(Nearest nearest, String tokens) {
    List<Row> rows = nearest.rows();
    if (rows.size() < 2) {
      return "";
    }
    Row second = rows.get(1);
    double errors = second.excess() / second.standardError();
    return "; the next, %s, has %s, %s"
        .formatted(
            second.ref(),
            Numbers.brief(second.meanAbs()),
            Double.isFinite(errors)
                ? String.format(
                    Locale.ROOT, "which is more by %.3g standard errors over %s", errors, tokens)
                : "by as much more at every one of " + tokens);
  }

  private static String called(Reference reference) {
    return "%s (%s)"
        .formatted(
            reference.letter(),
            reference.path().map(AttentionPath::words).orElse(reference.name()));
  }
}
