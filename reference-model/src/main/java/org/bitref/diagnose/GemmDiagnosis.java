package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
import org.bitref.diagnose.Judge.Hypothesis;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.Tensor;

/** Tries the patterns on a product, the simple ones first. */
record GemmDiagnosis(GemmBound bound, List<Tensor> others) {
  Optional<Corruption> find(Captured<Product> gemm) {
    if (bound.families().stream().filter(ProductFamily::isPlain).anyMatch(bound::contains)) {
      return Optional.empty();
    }
    return new SpecialValues(bound)
        .find()
        .or(this::patterns)
        .or(new TilePatterns(bound, others)::find)
        .or(() -> unnamed(gemm));
  }

  /** Of all of the output. */
  Optional<Corruption> patterns() {
    ExactProduct product = bound.product(InputRounding.NONE);
    return Stream.<Supplier<List<Hypothesis>>>of(
            new ScalePatterns(bound, product)::all,
            this::addends,
            new MovePatterns(bound)::all,
            this::weights,
            new KPatterns(bound)::all,
            new MisreadPatterns(bound)::all)
        .map(kind -> new Judge(bound).best(kind.get()))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private List<Hypothesis> addends() {
    return bound.factors().bias().isEmpty()
        ? List.of()
        : List.of(
            bias(Pattern.BIAS_MISSING, Damage.Known.BIAS_LEFT_OUT, 0),
            bias(Pattern.BIAS_TWICE, Damage.Known.BIAS_ADDED_TWICE, 2));
  }

  private Hypothesis bias(Pattern pattern, Damage damage, int times) {
    return new Hypothesis(
        pattern, damage, 1, (in, _) -> in.withBiasTimes(times).product(bound.workers()));
  }

  private List<Hypothesis> weights() {
    List<Hypothesis> all = new ArrayList<>();
    for (int i = 0; i < others.size(); i++) {
      Tensor other = others.get(i);
      if (other.elements() == bound.factors().w().length) {
        double[] w = other.toDoubles();
        Damage damage = new Damage.OtherWeight(i + 1);
        all.add(
            new Hypothesis(
                Pattern.OTHER_WEIGHT, damage, 8, (in, _) -> in.withW(w).product(bound.workers())));
      }
    }
    return all;
  }

  /** Outside every bound, or off by far more than the coarsest recipes are. */
  private Optional<Corruption> unnamed(Captured<Product> gemm) {
    List<ProductFamily> fitting = bound.families().stream().filter(bound::contains).toList();
    boolean single = fitting.stream().anyMatch(family -> family.most() >= Float.MAX_VALUE);
    CoarsestRecipes coarsest = new CoarsestRecipes(bound, bound.product(InputRounding.NONE));
    if (single || (!fitting.isEmpty() && !coarsest.areFiner(gemm, bound.workers()))) {
      return Optional.empty();
    }
    ProductFamily family = fitting.isEmpty() ? bound.widest() : bound.tightest();
    Region region = bound.outside(family);
    long outside = bound.check(family).outside();
    long total = bound.y().length;
    Damage damage = new Damage.OutsideFamily(outside, total, region, family, fitting.isEmpty());
    return Optional.of(new Corruption(Pattern.UNNAMED, damage, 0, total, region));
  }
}
