package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import org.bitref.bound.Bounded;
import org.bitref.bound.GemmBound;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.StageBounds;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.search.Identification;
import org.bitref.search.Outcome;
import org.bitref.search.Verdict;
import org.bitref.tensor.Tensor;

/** What can be said of captured outputs that no recipe reproduces. */
public sealed interface Diagnosed extends Outcome.Beyond {
  /** Products beyond which only a corner of a large capture is judged. */
  long MOST_JUDGED = 100_000_000;

  /** A product that no rounding gives. */
  record Damaged(Corruption corruption) implements Diagnosed {
    @Override
    public Verdict verdict() {
      return Verdict.CORRUPT;
    }
  }

  /**
   * A stage of another kind that has outputs outside its rounding bound.
   *
   * @param count how many
   * @param total all outputs
   * @param worst the one furthest outside
   * @param y what it is
   * @param exact what is due
   * @param bound within which it should be
   */
  record Outside(long count, long total, int worst, double y, double exact, double bound)
      implements Diagnosed {
    @Override
    public Verdict verdict() {
      return Verdict.CORRUPT;
    }
  }

  /**
   * A product that follows its factors only loosely: K may not be whole, or the factors may be
   * others.
   *
   * @param correlation with the exact product. Part of K gives one like the root of that part
   */
  record Loose(double correlation) implements Diagnosed {
    private static final double LEAST = 0.2;
    private static final double MOST = 0.98;

    @Override
    public Verdict verdict() {
      return Verdict.INCONCLUSIVE;
    }
  }

  /**
   * Rounding may have done it.
   *
   * @param family of a product the narrowest kind of arithmetic whose error bound holds every
   *     output, if there is one
   */
  record Inside(Optional<ProductFamily> family, boolean product) implements Diagnosed {
    @Override
    public Verdict verdict() {
      return Verdict.UNEXPLAINED;
    }
  }

  /** What a search found; if nothing reproduces the outputs, with what is known of them besides. */
  static Identification of(Identification found, Captured<?> stage, Workers workers) {
    if (!(found.outcome() instanceof Outcome.Unexplained unexplained)) {
      return found;
    }
    if (!(stage.operation() instanceof Product gemm)) {
      return found.with(bounded(stage, workers), found.best(), found.excluded());
    }
    Captured<Product> part = Product.corner(new Captured<>(gemm, stage.y()), MOST_JUDGED);
    Optional<Corruption> corruption = Corruption.find(part, workers);
    if (corruption.isEmpty()) {
      Diagnosed inside = new Inside(GemmBound.of(part, workers).narrowest(), true);
      return found.with(inside, found.best(), found.excluded());
    }
    boolean unnamed = corruption.get().pattern() == Pattern.UNNAMED;
    double correlation = unexplained.correlation().orElse(1);
    return unnamed && correlation > Loose.LEAST && correlation < Loose.MOST
        ? found.with(new Loose(correlation), List.of(), List.of())
        : found.with(new Damaged(corruption.get()), found.best(), List.of());
  }

  private static Diagnosed bounded(Captured<?> stage, Workers workers) {
    Tensor exact = stage.operation().exact(workers);
    double[] bound = StageBounds.of(stage, exact);
    Bounded found = StageBounds.check(stage, exact, bound);
    int at = found.at();
    return found.outside() == 0
        ? new Inside(Optional.empty(), false)
        : new Outside(
            found.outside(), bound.length, at, stage.y().get(at), exact.get(at), bound[at]);
  }
}
