package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import org.bitref.bound.GemmBound;
import org.bitref.bound.Limits;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
import org.bitref.numerics.Format;

/** Outputs that are NaN, infinite or held at the end of a format's range without a reason. */
final class SpecialValues {
  private static final List<Format> CLAMPS = List.of(Format.F16, Format.E4M3, Format.E5M2);

  private final GemmBound bound;

  SpecialValues(GemmBound bound) {
    this.bound = bound;
  }

  Optional<Corruption> find() {
    Optional<Corruption> nan =
        of(Double::isNaN, Pattern.NOT_A_NUMBER, "NaN, where nothing overflows");
    if (nan.isPresent()) {
      return nan;
    }
    Optional<Corruption> infinite =
        of(Double::isInfinite, Pattern.OVERFLOW, "infinite, where nothing overflows");
    if (infinite.isPresent()) {
      return infinite;
    }
    for (Format format : CLAMPS) {
      double most = format.maxFinite();
      Optional<Corruption> clamped =
          of(
              y -> Math.abs(y) == most,
              Pattern.OVERFLOW,
              "held at " + (int) most + ", the largest " + format);
      if (clamped.isPresent()) {
        return clamped;
      }
    }
    return Optional.empty();
  }

  private interface Test {
    boolean holds(double y);
  }

  /**
   * Present if some outputs are special, none of them because a sum in the order of K overflows,
   * and all others are inside the bound of a family that excludes those.
   */
  private Optional<Corruption> of(Test special, Pattern pattern, String word) {
    for (ProductFamily family : bound.families()) {
      Limits limits = bound.limits(family);
      long bad = 0;
      boolean othersFit = true;
      for (int i = 0; i < bound.y().length; i++) {
        if (!limits.holds(i, bound.y()[i])) {
          boolean is = special.holds(bound.y()[i]) && !mayOverflow(i);
          bad += is ? 1 : 0;
          othersFit &= is;
        }
      }
      if (othersFit && bad > 0) {
        Region region = bound.outside(family);
        String text = bad + " outputs in " + region + " are " + word;
        return Optional.of(
            new Corruption(
                pattern, text, bound.y().length, bound.y().length, region, family.text()));
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
