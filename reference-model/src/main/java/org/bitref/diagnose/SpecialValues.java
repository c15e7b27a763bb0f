package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.stream.Stream;
import org.bitref.bound.GemmBound;
import org.bitref.bound.Limits;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
import org.bitref.numerics.Format;

/** Outputs that are NaN, infinite or held at the end of a format's range without a reason. */
record SpecialValues(GemmBound bound) {
  private static final List<Format> CLAMPS = List.of(Format.F16, Format.E4M3, Format.E5M2);

  private record Kind(Pattern pattern, Optional<Format> heldAt, DoublePredicate is) {
    static Kind heldAt(Format format) {
      double most = format.maxFinite();
      return new Kind(Pattern.OVERFLOW, Optional.of(format), y -> Math.abs(y) == most);
    }
  }

  Optional<Corruption> find() {
    Stream<Kind> unbounded =
        Stream.of(
            new Kind(Pattern.NOT_A_NUMBER, Optional.empty(), Double::isNaN),
            new Kind(Pattern.OVERFLOW, Optional.empty(), Double::isInfinite));
    return Stream.concat(unbounded, CLAMPS.stream().map(Kind::heldAt))
        .map(this::of)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * Present if some outputs are special, none of them because a sum in the order of K overflows,
   * and all others are inside the bound of a family that excludes those.
   */
  private Optional<Corruption> of(Kind kind) {
    for (ProductFamily family : bound.families()) {
      Limits limits = bound.limits(family);
      long bad = 0;
      boolean othersFit = true;
      for (int i = 0; i < bound.y().length; i++) {
        if (!limits.holds(i, bound.y()[i])) {
          boolean is = kind.is().test(bound.y()[i]) && !mayOverflow(i);
          bad += is ? 1 : 0;
          othersFit &= is;
        }
      }
      if (othersFit && bad > 0) {
        Region region = bound.outside(family);
        Damage damage = new Damage.Special(bad, Optional.of(region), kind.heldAt());
        int outputs = bound.y().length;
        return Optional.of(new Corruption(kind.pattern(), damage, outputs, outputs, region));
      }
    }
    return Optional.empty();
  }

  /** True if an accumulator that takes K in order may overflow. */
  private boolean mayOverflow(int i) {
    return bound.families().stream()
        .filter(ProductFamily::inOrder)
        .anyMatch(family -> bound.limits(family).holds(i, bound.y()[i]));
  }
}
