package org.bitref.cli.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bitref.probe.Decoded;
import org.bitref.probe.Decoded.Open;
import org.bitref.probe.Evidence;
import org.bitref.probe.Evidence.Example;
import org.bitref.probe.Evidence.Purpose;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;

/** What a decoded recipe rests on, in sentences. */
final class EvidenceWords {
  /**
   * One finding.
   *
   * @param about for example "fused width"
   * @param finding for example "16 products a step"
   */
  record Finding(String about, String finding) {}

  private final List<Finding> findings = new ArrayList<>();

  private EvidenceWords() {}

  /** In the order in which it was found. */
  static List<Finding> of(Decoded decoded) {
    EvidenceWords words = new EvidenceWords();
    if (decoded.open().contains(Open.Plain.NO_EPILOGUE)) {
      words.note("operands and epilogue", "no known way to round operands and results fits");
    }
    decoded
        .orders()
        .ifPresent(
            orders ->
                words.note(
                    "order of sums",
                    "%s of %s cancellations read; %s orders of the grammar give them all"
                        .formatted(orders.read(), orders.asked(), orders.orders())));
    decoded
        .evidence()
        .ifPresent(
            evidence -> {
              words.recipe(decoded.recipes().getFirst(), evidence);
              words.note(
                  "confirmation",
                  decoded.confirmed() + " of " + decoded.confirmed() + " outputs equal");
            });
    return words.findings;
  }

  private void note(String about, String finding) {
    findings.add(new Finding(about, finding));
  }

  private void recipe(GemmRecipe recipe, Evidence evidence) {
    inner(recipe.inner(), evidence);
    note(
        "K order",
        switch (recipe.chain()) {
          case Chain.Seq _ -> "one accumulator a slice, ascending";
          case Chain.Sliced sliced ->
              evidence.runs() + " accumulators by tiles of " + sliced.bk() / sliced.q();
          case Chain.Promote promote -> "a new sum every " + promote.every() + " terms";
          case Chain.KBlock _ -> evidence.runs() + " blocks of K, each added to the result";
        });
    List<Integer> starts = evidence.starts().stream().limit(8).toList();
    note(
        "split",
        evidence.slices() == 1
            ? "none: no boundary among the neighbours that were asked"
            : evidence.slices() + " slices; sums begin anew at k = " + starts);
    if (recipe.combine() instanceof Combine.Sum sum) {
      note("partial sums", sum.text() + "; " + example(evidence, Purpose.PARTIAL));
    }
    String[] fields = recipe.text().split(" \\| ", -1);
    note("operands", fields[0]);
    note("epilogue", fields[fields.length - 1] + "; " + example(evidence, Purpose.RESULT));
    evidence.subnormal().ifPresent(one -> note("subnormals", shown(one)));
    evidence.nan().ifPresent(one -> note("NaN", shown(one)));
  }

  private void inner(Inner inner, Evidence evidence) {
    switch (inner) {
      case Inner.Fda fda -> {
        note("fused width", fda.w() + " products a step; " + swallowed(evidence));
        note("grouping", fda.kper().isIdentity() ? "k in order" : "k permuted in a pattern");
        note(
            "alignment bits",
            "F = " + fda.fraction() + ", truncated; " + example(evidence, Purpose.ALIGNMENT));
        note("accumulator", accumulator(fda.acc(), evidence) + ", rounded once a step");
      }
      case Inner.Fma fma -> chained("fused multiply-add", fma.acc(), fma.lanes().count(), evidence);
      case Inner.MulAdd muladd ->
          chained("product, then sum", muladd.acc(), muladd.lanes().count(), evidence);
      case Inner.Bf16Dp _ -> note("accumulator", "pairs of a dot-product instruction, float32");
      case Inner.Exact _ -> note("accumulator", "nothing was ever lost: exact, or float64");
    }
  }

  private void chained(String form, Accumulator acc, int lanes, Evidence evidence) {
    note("fused width", "1: " + form + ", rounded once a product; " + swallowed(evidence));
    String beside = lanes == 1 ? "" : ", " + lanes + " side by side";
    note("accumulator", accumulator(acc, evidence) + beside);
  }

  private static String accumulator(Accumulator acc, Evidence evidence) {
    return switch (acc) {
          case F32RZ -> "float32, truncated";
          case F32RNE -> "float32, to nearest";
          case F16RNE -> "float16, to nearest";
          case E8M13RZ -> "float32 of 13 fraction bits, truncated";
          case F64RNE -> "float64, to nearest";
        }
        + "; "
        + example(evidence, Purpose.ACCUMULATOR);
  }

  /** What the cancellation of 0 and 1 swallows. */
  private static String swallowed(Evidence evidence) {
    String lost =
        evidence.lost() == 1
            ? "none of the next terms is lost"
            : "terms 2 to " + evidence.lost() + " are lost";
    return "when 0 and 1 cancel, " + lost;
  }

  private static String example(Evidence evidence, Purpose purpose) {
    return Optional.ofNullable(evidence.rounded().get(purpose))
        .map(EvidenceWords::shown)
        .orElse("no answer of this kind was rounded");
  }

  private static String shown(Example one) {
    return "terms %s at k = %s give %s (0x%s)"
        .formatted(
            one.terms(),
            one.at(),
            one.answer(),
            Long.toHexString(one.bits()).toUpperCase(Locale.ROOT));
  }
}
