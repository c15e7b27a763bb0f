package org.bitref.cli.demo;

import java.util.Locale;
import org.bitref.cli.compare.CompareReport;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;

/**
 * What the demo found.
 *
 * @param report the web page
 */
record DemoReport(String recipe, Counts anchored, Counts whole, String report, double seconds)
    implements Result {

  /** How many tensors and elements are equal to the capture. */
  record Counts(
      int tensors, long equalTensors, long elements, long equalElements, String firstDifference) {
    static Counts of(CompareReport report) {
      return new Counts(
          report.tensors(),
          report.equalTensors(),
          report.elements(),
          report.equalElements(),
          report.firstDifference());
    }

    String line() {
      return "%d of %d tensors equal bit for bit; %s %% of %d values"
          .formatted(equalTensors, tensors, Numbers.percent(equalElements, elements), elements);
    }
  }

  static DemoReport of(
      String recipe, CompareReport anchored, CompareReport whole, String page, double seconds) {
    return new DemoReport(recipe, Counts.of(anchored), Counts.of(whole), page, seconds);
  }

  @Override
  public String text() {
    return String.format(
        Locale.ROOT,
        """
        A small Qwen3-VL checkpoint (4 layers, 112 tokens, one image), computed with
        the recipe %s and compared with what PyTorch and transformers
        computed on a CPU.

        Each stage on PyTorch's inputs
          %s
          This is what single operations do differently: the recipe is PyTorch's
          arithmetic, cast by cast. Where a library adds up in an order of its own, a
          few last bits differ; everything else must be equal.
          First difference: %s

        From the prompt to the end
          %s
          Now every stage works on what the one before has left: a few differences
          of one unit in the last place spread. That is rounding, not a defect;
          compare --truth says which side is nearer to the exact result.
          First difference: %s

        Every stage, with histograms and the worst values (%s):
        %s
        """,
        recipe,
        anchored.line(),
        first(anchored),
        whole.line(),
        first(whole),
        Numbers.seconds(seconds),
        report);
  }

  private static String first(Counts counts) {
    return counts.firstDifference == null ? "none" : counts.firstDifference;
  }
}
