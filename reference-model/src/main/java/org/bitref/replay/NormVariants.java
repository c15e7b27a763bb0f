package org.bitref.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.numerics.Format;
import org.bitref.replay.NormFunction.Mode;

/** Other norms. */
final class NormVariants {
  private static final List<Double> EPSILONS =
      List.of(1e-5, 1e-6, 0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1e-8, 1e-12);

  private NormVariants() {}

  /**
   * @param stages last parts of the names of the norms to change
   * @param format of what is stored
   */
  static List<Variant> of(Set<String> stages, double eps, Format format) {
    List<Variant> variants = new ArrayList<>();
    variants.add(
        Variant.rounding(
            stages,
            step -> NormFunction.stepwise(step.in(0), step.weight().vector(), eps, format)));
    epsilons(stages, eps, variants);
    variants.add(
        new Variant(
            Known.ONE_PLUS_WEIGHT,
            stages,
            step -> step.norm(NormFunction.model(eps), step.weight().mapped(w -> 1 + w).vector())));
    variants.add(
        new Variant(
            Known.NO_NORM_WEIGHT,
            stages,
            step -> {
              double[] weight = step.weight().vector();
              Arrays.fill(weight, 1);
              return step.norm(NormFunction.model(eps), weight);
            }));
    variants.add(new Variant(Known.NORM_SKIPPED, stages, step -> step.in(0)));
    variants.add(mode(Known.LAYER_NORM, stages, new NormFunction(eps, false, Mode.CENTRED)));
    variants.add(mode(Known.SUM_OF_SQUARES, stages, new NormFunction(eps, false, Mode.SUM)));
    if (stages.stream().allMatch(Variants::isOfHeads)) {
      variants.add(mode(Known.NORM_OF_ALL_HEADS, stages, new NormFunction(eps, false, Mode.WHOLE)));
    }
    return variants;
  }

  private static void epsilons(Set<String> stages, double eps, List<Variant> variants) {
    for (double other : EPSILONS) {
      if (other == 0) {
        variants.add(epsilon(stages, 0, eps));
      } else if (other != eps) {
        variants.add(Variant.dialled(other, value -> epsilon(stages, value, eps)));
      }
    }
    variants.add(
        mode(Known.EPSILON_OUTSIDE_THE_ROOT, stages, new NormFunction(eps, true, Mode.RMS)));
    for (double other : EPSILONS) {
      if (other > eps) {
        variants.add(
            Variant.dialled(
                other,
                value ->
                    mode(
                        new OtherFunction.EpsilonOutside(value, eps),
                        stages,
                        new NormFunction(value, true, Mode.RMS))));
      }
    }
  }

  private static Variant epsilon(Set<String> stages, double used, double model) {
    return new Variant(
        new OtherFunction.Epsilon(used, model),
        stages,
        step -> step.norm(NormFunction.model(used), step.weight().vector()));
  }

  private static Variant mode(OtherFunction name, Set<String> stages, NormFunction function) {
    return new Variant(name, stages, step -> step.norm(function, step.weight().vector()));
  }
}
