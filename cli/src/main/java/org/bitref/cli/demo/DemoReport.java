package org.bitref.cli.demo;

import java.util.Optional;
import org.bitref.cli.compare.CompareReport;
import org.bitref.cli.compare.CompareReport.Count;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;

/**
 * What the demo found.
 *
 * @param same the capture's own recipe, from the prompt to the end
 * @param anchored matrix products of a GPU instead, every stage on the capture's inputs
 * @param whole the same from the prompt to the end
 * @param path of the web page
 */
record DemoReport(
    String recipe,
    Counts same,
    Counts anchored,
    Counts whole,
    DemoProduct product,
    String path,
    double seconds)
    implements Result {

  /** How many tensors and elements are equal to the capture. */
  record Counts(Count tensors, Count elements, Optional<String> firstDifference) {
    static Counts of(CompareReport report) {
      return new Counts(report.tensors(), report.elements(), report.firstDifference());
    }

    String first() {
      return firstDifference.orElse("none");
    }

    String line() {
      return "%s of %s tensors equal bit for bit; %s %% of %s values"
          .formatted(
              tensors.equal(),
              tensors.total(),
              Numbers.percent(elements.equal(), elements.total()),
              elements.total());
    }
  }

  @Override
  public void text(Lines text) {
    text.block(
        """
        A small Qwen3-VL checkpoint (4 layers, 112 tokens, one image), compared with
        what PyTorch and transformers computed on a CPU.

        The same arithmetic: recipe %s, from the prompt to the end
          %s
          First difference: %s

        One choice changed: matrix products as an H100's tensor cores take them
          On PyTorch's inputs, stage by stage:
            %s
          From the prompt to the end:
            %s
          First difference: %s
          The first line is what single operations do differently, a last bit here
          and there; the second is what becomes of it on the way. Both systems are
          right: this is rounding, and compare --truth says who is nearer to the exact
          result.

        A query projection that TensorRT computed on an H100, K = 4096
          With PyTorch's recipe on the same chip %s of %s sampled outputs are equal.
          Of %s recipes tried, this one gives %s of %s: %s
          %s

        Every stage, with histograms and the worst values (%s):
        %s
        """
            .formatted(
                recipe,
                same.line(),
                same.first(),
                anchored.line(),
                whole.line(),
                whole.first(),
                product.equalFloat32(),
                product.total(),
                product.tried(),
                product.equal(),
                product.total(),
                product.verdict(),
                product.recipe(),
                Numbers.seconds(seconds),
                path));
  }
}
