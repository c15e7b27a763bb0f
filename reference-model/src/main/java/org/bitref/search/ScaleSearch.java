package org.bitref.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.FactorGroups.Group;
import org.bitref.search.FoundFactors.By;
import org.bitref.search.FoundFactors.Factor;
import org.bitref.search.space.SumScaling;
import org.bitref.tensor.Tensor;

/**
 * Finds factors that the sums of a product were multiplied by and that were not captured: one for
 * each row, one for each column, or of quantised operands one for all. They are claimed if, with
 * them, some recipe gives every output bit for bit.
 */
public final class ScaleSearch {
  /** Multiply-adds beyond which factors are not looked for. */
  private static final double MOST_PRODUCTS = 0x1p28;

  /** Outputs that come first because they leave few factors from below, and as many from above. */
  private static final int TIGHT = 4;

  private final Captured<Product> gemm;
  private final GemmHints hints;
  private final Workers workers;
  private final Outputs outputs;

  private ScaleSearch(Captured<Product> gemm, GemmHints hints, Workers workers) {
    this.gemm = gemm;
    this.hints = hints;
    this.workers = workers;
    this.outputs = Outputs.of(gemm, workers);
  }

  /**
   * What was found, or if nothing of it reproduces the outputs and no scales are given, what does
   * with factors of the outputs.
   *
   * <p>One factor of all outputs is claimed where an operand has 8 bits: elsewhere it is a damage,
   * such as a scale that was lost or applied twice.
   */
  public static Identification orScaled(
      Identification found, Captured<Product> gemm, GemmHints hints, Workers workers) {
    Product product = gemm.operation();
    double products = (double) gemm.y().elements() * product.depth();
    if (found.verdict() != Verdict.UNEXPLAINED
        || !product.scales().isEmpty()
        || products > MOST_PRODUCTS) {
      return found;
    }
    ScaleSearch search = new ScaleSearch(gemm, hints, workers);
    boolean quantised = isQuantised(product.x()) || isQuantised(product.w());
    for (By by : By.values()) {
      Optional<Identification> scaled = search.by(by, found.tried());
      if (scaled.isPresent()) {
        return by == By.TENSOR && !quantised ? found : scaled.get();
      }
    }
    return found;
  }

  /** Of 8 bits, floating or whole numbers. */
  private static boolean isQuantised(Tensor operand) {
    return operand.dtype().bytes() == 1
        || LongStream.range(0, operand.elements())
            .mapToDouble(operand::get)
            .allMatch(value -> value == Math.rint(value) && Math.abs(value) <= 128);
  }

  private Optional<Identification> by(By by, int tried) {
    Optional<FactorGroups> groups = FactorGroups.of(by, gemm, workers);
    if (groups.isEmpty()) {
      return Optional.empty();
    }
    FactorTrials trials = new FactorTrials(gemm, groups.get(), workers);
    Form form = Form.scaled(gemm, SumScaling.END);
    // Outputs that a plain recipe does not give drop most functions, and all if they are damaged.
    GemmRecipe plain = form.space().plain().getFirst();
    List<Group> failing = trials.failing(plain);
    Group first =
        FactorGroups.most(failing.isEmpty() ? groups.get().groups() : failing, outputs.order());
    boolean[] inFirst = new boolean[Math.toIntExact(gemm.y().elements())];
    Arrays.stream(first.outputs()).forEach(i -> inFirst[i] = true);
    int[] order = Arrays.stream(outputs.order()).filter(i -> inFirst[i]).toArray();
    int[] tightest = trials.tightest(plain, first, order, TIGHT);
    Outputs some = new Outputs(tightest, outputs.informative(), outputs.correlation());
    for (SumScaling scaling : List.of(SumScaling.END, SumScaling.STORED)) {
      Optional<Identification> found =
          GemmSearch.scaled(
                  Form.scaled(gemm, scaling),
                  some,
                  FactorInterval.around(first.measured()),
                  trials,
                  hints,
                  workers)
              .flatMap(one -> told(one, groups.get(), trials, tried));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** With the factors; empty if half of them are 1, so that the other outputs are damaged. */
  private static Optional<Identification> told(
      Identification found, FactorGroups groups, FactorTrials trials, int tried) {
    List<Optional<FactorInterval>> intervals =
        trials.factors((GemmRecipe) found.best().getFirst().recipe());
    List<Factor> factors = new ArrayList<>();
    int plain = 0;
    for (int i = 0; i < intervals.size(); i++) {
      if (groups.groups().get(i).telling() > 0) {
        FactorInterval interval = intervals.get(i).orElseThrow();
        plain += interval.contains(1) ? 1 : 0;
        SimpleNumber simple = SimpleNumber.between(interval.least(), interval.most());
        factors.add(new Factor(i, simple, interval.least(), interval.most()));
      }
    }
    return 2 * plain >= factors.size()
        ? Optional.empty()
        : Optional.of(found.scaled(new FoundFactors(groups.by(), factors), found.tried() + tried));
  }
}
