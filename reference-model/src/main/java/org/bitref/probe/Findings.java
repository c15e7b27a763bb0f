package org.bitref.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.bitref.kernel.spec.AdditionTree;
import org.bitref.probe.Decoded.Evidence;
import org.bitref.probe.Row.Cancel;
import org.bitref.probe.Row.Terms;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;

/** Says in words what a decoded recipe rests on, each with answers of the device that show it. */
final class Findings {
  private final Answers answers;
  private final int column;
  private final GemmRecipe recipe;
  private final AdditionTree tree;
  private final List<Evidence> found = new ArrayList<>();

  private Findings(Answers answers, int column, GemmRecipe recipe) {
    this.answers = answers;
    this.column = column;
    this.recipe = recipe;
    ProbeSetup setup = answers.probe().setup();
    this.tree = AdditionTree.of(recipe, setup.k(), setup.n());
  }

  /**
   * @param classes those that were found
   */
  static List<Evidence> of(
      Answers answers, RecipeReading reading, int column, List<List<GemmRecipe>> classes) {
    List<Evidence> all = new ArrayList<>();
    if (reading.open().contains(Decoded.Open.Plain.NO_EPILOGUE)) {
      all.add(
          new Evidence("operands and epilogue", "no known way to round operands and results fits"));
    }
    reading.orders().stream()
        .map(
            read ->
                "%d of %d cancellations read; %d orders of the grammar give them all"
                    .formatted(read.cancellations(), questions(answers.probe()), read.orders()))
        .forEach(read -> all.add(new Evidence("order of sums", read)));
    if (!classes.isEmpty()) {
      Findings findings = new Findings(answers, column, classes.getFirst().getFirst());
      findings.inner();
      findings.order();
      findings.operands();
      all.addAll(findings.found);
      long confirmed = reading.confirmed();
      all.add(new Evidence("confirmation", confirmed + " of " + confirmed + " outputs equal"));
    }
    return all;
  }

  private void note(String about, String finding) {
    found.add(new Evidence(about, finding));
  }

  private void inner() {
    switch (recipe.inner()) {
      case Inner.Fda fda -> {
        note("fused width", fda.w() + " products a step; " + swallowed());
        note("grouping", fda.kper().isIdentity() ? "k in order" : "k permuted in a pattern");
        note(
            "alignment bits",
            "F = " + fda.fraction() + ", truncated; " + example(RoundingRows.ALIGN));
        note("accumulator", accumulator(fda.acc()) + ", rounded once a step");
      }
      case Inner.Fma fma -> chained("fused multiply-add", fma.acc(), fma.lanes().count());
      case Inner.MulAdd muladd ->
          chained("product, then sum", muladd.acc(), muladd.lanes().count());
      case Inner.Bf16Dp _ -> note("accumulator", "pairs of a dot-product instruction, float32");
      case Inner.Exact _ -> note("accumulator", "nothing was ever lost: exact, or float64");
    }
  }

  private void chained(String form, Accumulator acc, int lanes) {
    note("fused width", "1: " + form + ", rounded once a product; " + swallowed());
    note("accumulator", accumulator(acc) + (lanes == 1 ? "" : ", " + lanes + " side by side"));
  }

  private String accumulator(Accumulator acc) {
    return switch (acc) {
          case F32RZ -> "float32, truncated";
          case F32RNE -> "float32, to nearest";
          case F16RNE -> "float16, to nearest";
          case E8M13RZ -> "float32 of 13 fraction bits, truncated";
          case F64RNE -> "float64, to nearest";
        }
        + "; "
        + example(RoundingRows.STEP);
  }

  /** What the cancellation of 0 and 1 swallows. */
  private String swallowed() {
    ProbeSetup setup = answers.probe().setup();
    int last = 1;
    while (last + 1 < setup.k() && tree.meets(0, 1, last + 1)) {
      last++;
    }
    return "when 0 and 1 cancel, "
        + (last == 1 ? "none of the next terms is lost" : "terms 2 to " + last + " are lost");
  }

  private void order() {
    int runs = tree.runs();
    note(
        "K order",
        switch (recipe.chain()) {
          case Chain.Seq _ -> "one accumulator a slice, ascending";
          case Chain.Sliced sliced ->
              runs + " accumulators by tiles of " + sliced.bk() / sliced.q();
          case Chain.Promote promote -> "a new sum every " + promote.every() + " terms";
          case Chain.KBlock _ -> runs + " blocks of K, each added to the result";
        });
    List<Integer> starts = tree.starts().stream().limit(8).toList();
    note(
        "split",
        tree.slices() == 1
            ? "none: no boundary among the neighbours that were asked"
            : tree.slices() + " slices; sums begin anew at k = " + starts);
    if (recipe.combine() instanceof Combine.Sum sum) {
      note("partial sums", sum.text() + "; " + example(RoundingRows.SLICE));
    }
  }

  private void operands() {
    String[] fields = recipe.text().split(" \\| ", -1);
    note("operands", fields[0]);
    note("epilogue", fields[fields.length - 1] + "; " + example(RoundingRows.FINAL));
    first(terms -> terms.values().getFirst() == least(), "subnormals");
    first(terms -> terms.values().stream().anyMatch(v -> v.isNaN()), "NaN");
  }

  private double least() {
    return answers.probe().inputFormat().minSubnormal();
  }

  private void first(Predicate<Terms> which, String about) {
    List<Row> rows = answers.probe().rows();
    for (int r = 0; r < rows.size(); r++) {
      if (rows.get(r) instanceof Terms terms && terms.at().size() == 1 && which.test(terms)) {
        note(about, shown(r, terms));
        return;
      }
    }
  }

  private String shown(int row, Terms terms) {
    String bits = Long.toHexString(answers.bits(row, column)).toUpperCase(Locale.ROOT);
    return "terms %s at k = %s give %s (0x%s)"
        .formatted(terms.values(), terms.at(), answers.value(row, column), bits);
  }

  /** An answer of this kind that an exact sum would not have given. */
  private String example(String purpose) {
    List<Row> rows = answers.probe().rows();
    for (int r = 0; r < rows.size(); r++) {
      if (rows.get(r) instanceof Terms terms && terms.purpose().equals(purpose)) {
        double exact = 0;
        for (double product : answers.probe().products(terms)) {
          exact += product;
        }
        if (answers.value(r, column) != exact && Double.isFinite(exact)) {
          return shown(r, terms);
        }
      }
    }
    return "no answer of this kind was rounded";
  }

  /** How many questions about order there are. */
  private static long questions(Probe probe) {
    return probe.rows().stream().filter(Cancel.class::isInstance).count();
  }
}
