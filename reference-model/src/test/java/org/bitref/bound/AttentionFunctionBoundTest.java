package org.bitref.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.row.Rows;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Libraries' roundings of attentions with windows, softcaps and sinks are inside the bounds. */
class AttentionFunctionBoundTest {
  private static final int D = 64;
  private static final int N = 45;

  private static AttentionFunction function(String name) {
    AttentionFunction base = AttentionFunction.of(D);
    return switch (name) {
      case "window" -> base.withWindow(7);
      case "softcap" -> base.withSoftcap(2);
      case "wide softcap" -> base.withSoftcap(50);
      case "sinks" -> base.withSinks(List.of(3., -1.));
      case "scale" -> base.withScale(0.3);
      case "full" -> base.notCausal();
      default -> base.withWindow(20).withSoftcap(4).withSinks(List.of(0.5, 5.));
    };
  }

  private static Tensor random(Random random, DType type, long... dims) {
    TensorBuilder out = new TensorBuilder(type, Shape.of(dims));
    for (long i = 0; i < Shape.of(dims).elements(); i++) {
      out.set(i, 1.5 * random.nextGaussian());
    }
    return out.build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"window", "softcap", "wide softcap", "sinks", "scale", "full", "all"})
  void librariesRound(String name) {
    double nearest = 0;
    int fused = 0;
    for (Preset<StageRecipe> preset : Presets.ATTENTION.all()) {
      DType type = DType.of(preset.recipe().output());
      Random random = new Random(preset.name().hashCode());
      Tensor q = random(random, type, 1, 2, N, D);
      Tensor k = random(random, type, 1, 1, N + 3, D);
      Tensor v = random(random, type, 1, 1, N + 3, D);
      Attention model = new Attention(q, k, v, Optional.empty());
      Attention attention = model.withFunction(function(name));
      Tensor y = attention.run(preset.recipe(), Rows.ALONE);
      Captured<Attention> stage = new Captured<>(attention, y);
      Tensor exact = attention.exact(Rows.ALONE);
      Bounded bounded = StageBounds.check(stage, exact, StageBounds.of(stage, exact));
      assertEquals(0, bounded.outside(), preset.name() + " " + bounded);
      if (preset.recipe() instanceof TiledAttentionRecipe tiled
          && tiled.qk().output() == Format.F32
          && tiled.pv().output() == Format.F32) {
        double[] narrow = StageBounds.ofFusedAttention(stage, exact);
        assertEquals(0, StageBounds.check(stage, exact, narrow).outside(), preset.name());
        fused++;
      }
      List<Bounded> families = AttentionBounds.of(AttentionCase.of(attention, y), Rows.ALONE).all();
      assertEquals(0, families.getLast().outside(), preset.name());
      nearest = Math.max(nearest, families.get(1).worst());
      // The other function is told from it.
      Bounded other = AttentionBounds.of(AttentionCase.of(model, y), Rows.ALONE).all().getFirst();
      assertTrue(other.outside() > 0, preset.name());
    }
    assertTrue(fused >= 4, "" + fused);
    assertTrue(nearest > 0.02, "" + nearest);
  }

  /**
   * The doubles in which the bounds are computed are the exact lane's: a score of D products is off
   * by (D + 5) u A on either side, A the largest scale · Σ|q k|, at most D times the largest
   * factors'; a probability by exp(2d) - 1 and 2 T + 4 roundings with the product after it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"window", "softcap", "wide softcap", "sinks", "scale", "full", "all"})
  void boundsAreAroundTheExactResult(String name) {
    Random random = new Random(3);
    Tensor q = random(random, DType.F16, 1, 2, N, D);
    Tensor k = random(random, DType.F16, 1, 1, N + 3, D);
    Tensor v = random(random, DType.F16, 1, 1, N + 3, D);
    Attention attention = new Attention(q, k, v, Optional.empty()).withFunction(function(name));
    Tensor exact = attention.exact(Rows.ALONE);
    AttentionBounds bounds =
        AttentionBounds.of(AttentionCase.of(attention, exact.cast(DType.F16)), Rows.ALONE);
    double u = 0x1p-53;
    double size = attention.function().scale() * D * largest(q) * largest(k);
    double relative = Math.expm1(2 * (D + 5) * u * size) + (2 * (N + 3) + 4) * u;
    for (int i = 0; i < exact.elements(); i++) {
      int head = i / D % 2;
      int query = i / D / 2;
      double in = bounds.attended().exact()[(head * N + query) * D + i % D];
      assertEquals(exact.get(i), in, 2 * relative * largest(v), name + " " + i);
    }
  }

  private static double largest(Tensor x) {
    return Arrays.stream(x.toDoubles()).map(Math::abs).max().orElseThrow();
  }
}
