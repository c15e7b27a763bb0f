package org.bitref.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.Workers;
import org.bitref.probe.RandomRecipes.Drawn;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Our own kernels play the device: recipes drawn from the grammar are found again from the outputs
 * alone, or a tie that holds them is.
 */
class RoundTripTest {
  private static final int[] DEPTHS = {192, 256, 320, 392};

  @Test
  void aFewDrawnRecipesAreFoundAgain() {
    assertEquals(List.of(), failures(0, 6));
  }

  @Tag("long")
  @Test
  void threeHundredDrawnRecipesAreFoundAgain() {
    assertEquals(List.of(), failures(6, 320));
  }

  private static List<String> failures(int from, int to) {
    List<String> failures = new ArrayList<>();
    for (int seed = from; seed < to; seed++) {
      int k = DEPTHS[seed % DEPTHS.length];
      Drawn drawn = new RandomRecipes(seed).next(k);
      String failure = failure(drawn, k, seed);
      if (failure != null) {
        failures.add(seed + ": " + drawn + " K=" + k + ": " + failure);
      }
    }
    return failures;
  }

  private static String failure(Drawn drawn, int k, long seed) {
    ProbeSetup setup =
        new ProbeSetup(
            512,
            k,
            2,
            drawn.in(),
            drawn.out(),
            ProbeSetup.Mode.FREE,
            drawn.bias(),
            0,
            seed,
            List.of());
    Decoded decoded = null;
    while (decoded == null || !decoded.isDecoded()) {
      Probe probe = Probe.free(setup);
      decoded = ProbeDecoder.decode(probe, run(drawn.recipe(), probe)).getFirst();
      if (setup.round() + 1 == ProbeSetup.ROUNDS) {
        break;
      }
      setup = setup.next(decoded.recipes());
    }
    List<GemmRecipe> group = decoded.classes().stream().flatMap(List::stream).toList();
    Probe other = Probe.free(setup.withSeed(seed + 1000));
    List<Probe.Call> fresh = other.calls().subList(other.firstRandom(), other.calls().size());
    boolean holds = group.stream().anyMatch(r -> agree(r, drawn.recipe(), fresh));
    return holds ? null : decoded.recipes().toString() + decoded.evidence() + decoded.open();
  }

  /** On inputs other than those it was decoded from. */
  private static boolean agree(GemmRecipe a, GemmRecipe b, List<Probe.Call> calls) {
    for (Probe.Call call : calls) {
      Tensor want = multiply(b, call);
      Tensor got = multiply(a, call);
      for (long i = 0; i < want.elements(); i++) {
        if (want.bits(i) != got.bits(i)) {
          return false;
        }
      }
    }
    return true;
  }

  static List<Tensor> run(GemmRecipe recipe, Probe probe) {
    return probe.calls().stream().map(call -> multiply(recipe, call)).toList();
  }

  private static Tensor multiply(GemmRecipe recipe, Probe.Call call) {
    try (Workers workers = new Workers(1)) {
      return Kernels.gemm(recipe)
          .multiply(call.x(), call.w(), GemmOperands.NONE.withBias(call.bias()), workers);
    }
  }
}
