package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bitref.bound.GemmBound;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.Tensor;

/** Tries the patterns on a product, the simple ones first. */
final class GemmDiagnosis {
  private final GemmBound bound;
  private final List<Tensor> others;
  private final Judge judge;

  GemmDiagnosis(GemmBound bound, List<Tensor> others) {
    this.bound = bound;
    this.others = others;
    this.judge = new Judge(bound);
  }

  Optional<Corruption> find(Captured<Product> gemm) {
    if (bound.families().stream().filter(ProductFamily::isPlain).anyMatch(bound::contains)) {
      return Optional.empty();
    }
    Optional<Corruption> special = new SpecialValues(bound).find();
    if (special.isPresent()) {
      return special;
    }
    Optional<Corruption> whole = patterns();
    if (whole.isPresent()) {
      return whole;
    }
    Optional<Corruption> tile = new TilePatterns(bound, others).find();
    return tile.isPresent() ? tile : unnamed(gemm);
  }

  /** Of all of the output. */
  Optional<Corruption> patterns() {
    List<Supplier<List<Hypothesis>>> kinds =
        List.of(
            new ScalePatterns(bound)::all,
            this::addends,
            new MovePatterns(bound)::all,
            this::weights,
            new KPatterns(bound)::all,
            new MisreadPatterns(bound)::all);
    for (Supplier<List<Hypothesis>> kind : kinds) {
      Optional<Corruption> found = judge.best(kind.get());
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private List<Hypothesis> addends() {
    if (bound.factors().bias() == null) {
      return List.of();
    }
    return List.of(
        Hypothesis.of(
            Pattern.BIAS_MISSING,
            "the bias was left out",
            1,
            (factors, product) -> factors.withBiasTimes(0).product(bound.workers())),
        Hypothesis.of(
            Pattern.BIAS_TWICE,
            "the bias was added twice",
            1,
            (factors, product) -> factors.withBiasTimes(2).product(bound.workers())));
  }

  private List<Hypothesis> weights() {
    List<Hypothesis> all = new ArrayList<>();
    for (int i = 0; i < others.size(); i++) {
      Tensor other = others.get(i);
      if (other.elements() == bound.factors().w().length) {
        double[] w = other.toDoubles();
        all.add(
            Hypothesis.of(
                Pattern.OTHER_WEIGHT,
                "this is the product of another weight, number " + (i + 1) + " of those given",
                8,
                (factors, product) -> factors.withW(w).product(bound.workers())));
      }
    }
    return all;
  }

  /** Outside every bound, or off by far more than the coarsest recipes are. */
  private Optional<Corruption> unnamed(Captured<Product> gemm) {
    List<ProductFamily> fitting = bound.families().stream().filter(bound::contains).toList();
    boolean single = fitting.stream().anyMatch(family -> family.most() >= Float.MAX_VALUE);
    CoarsestRecipes coarsest = new CoarsestRecipes(bound);
    if (single || (!fitting.isEmpty() && !coarsest.areFiner(gemm, bound.workers()))) {
      return Optional.empty();
    }
    ProductFamily family = fitting.isEmpty() ? bound.widest() : bound.tightest();
    Region region = bound.outside(family);
    long outside = bound.check(family).outside();
    long total = bound.y().length;
    String text =
        String.format(
            java.util.Locale.ROOT,
            "%d of %d outputs (%.1f %%), in %s, are outside the bound of %s%s; no pattern was"
                + " recognised",
            outside,
            total,
            100.0 * outside / total,
            region,
            family.text(),
            fitting.isEmpty() ? " and of every other" : ", and far beyond a chain of coarse sums");
    return Optional.of(new Corruption(Pattern.UNNAMED, text, 0, total, region, ""));
  }
}
