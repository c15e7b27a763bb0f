package org.bitref.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;

/** Layers that are wired in another way. */
final class BlockVariants {
  private static final Set<String> NORMS_BEHIND =
      Set.of("q_proj", "k_proj", "v_proj", "post_attn_hidden", "gate_proj", "up_proj", "hidden");

  private static final Set<String> GATED = Set.of("mlp_act", "mlp_mul");
  private static final List<Double> LIMITS = List.of(1.0, 7.0);

  private BlockVariants() {}

  /**
   * @param computed last parts of the names of the stages that are computed
   */
  static List<Variant> of(Set<String> computed) {
    List<Variant> variants = new ArrayList<>();
    if (computed.contains("post_attn_ln")) {
      variants.add(
          new Variant(
              Known.PARALLEL_BLOCK,
              Set.of("post_attn_ln"),
              step ->
                  step.norm(
                      step.of("input_hidden"),
                      NormFunction.model(step.settings().eps()),
                      step.weight().vector())));
    }
    if (computed.containsAll(NORMS_BEHIND)) {
      variants.add(new Variant(Known.NORMS_BEHIND, NORMS_BEHIND, BlockVariants::normsBehind));
    }
    if (computed.containsAll(GATED)) {
      for (double limit : LIMITS) {
        variants.add(Variant.dialled(limit, BlockVariants::clamped));
      }
    }
    for (String last : List.of("mlp_down", "o_proj")) {
      if (computed.contains(last)) {
        for (double limit : List.of(1.0, 8.0)) {
          variants.add(Variant.dialled(limit, value -> clamped(last, value)));
        }
      }
    }
    return variants;
  }

  private static Rows normsBehind(Step step) {
    return switch (step.last()) {
      case "post_attn_hidden" -> step.in(0).plus(1, 1, normed(step, "input_ln"));
      case "hidden" -> step.in(0).plus(1, 1, normed(step, "post_attn_ln"));
      case "gate_proj", "up_proj" -> step.product(step.of("post_attn_hidden"), step.weight());
      default -> step.product(step.of("input_hidden"), step.weight());
    };
  }

  private static Rows normed(Step step, String norm) {
    double[] weight = step.weightOf("layers." + step.stage().id().layer() + "." + norm).vector();
    return step.norm(step.in(1), NormFunction.model(step.settings().eps()), weight);
  }

  /** The gate from above, the other factor on both sides: as models with a limit of SwiGLU do. */
  private static Variant clamped(double limit) {
    return new Variant(
        new OtherFunction.InputClamped(limit),
        GATED,
        step ->
            step.last().equals("mlp_act")
                ? step.with(0, step.in(0).map(x -> Math.min(x, limit))).normal()
                : step.with(1, step.in(1).map(x -> Math.clamp(x, -limit, limit))).normal());
  }

  private static Variant clamped(String last, double limit) {
    return new Variant(
        new OtherFunction.Clamped(limit),
        Set.of(last),
        step -> step.normal().map(x -> Math.clamp(x, -limit, limit)));
  }
}
