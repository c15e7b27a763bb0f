package org.bitref.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.probe.Decoded.Open;
import org.bitref.probe.RandomRecipes.Drawn;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Our own kernels play the device: recipes drawn from the grammar are found again from the outputs
 * alone, or a tie that holds them is.
 */
class RoundTripTest {
  private static final String PLAIN = "seq | none | none | cvt(f16,rne)";
  private static final int[] DEPTHS = {192, 256, 320, 392};

  /** What became of a recipe. */
  private enum Outcome {
    FOUND,
    /** Decode says that it found none. */
    UNDECIDED,
    /** Decode names recipes, and this is none of them. */
    WRONG
  }

  @Test
  void aDrawnRecipeIsFoundAgain() {
    assertEquals(Map.of(Outcome.FOUND, 1L), outcomes(3, 4));
  }

  @Tag("long")
  @Test
  void aFewDrawnRecipesAreFoundAgain() {
    assertEquals(Map.of(Outcome.FOUND, 3L), outcomes(3, 6));
  }

  @Tag("long")
  @Test
  void threeHundredDrawnRecipesAreFoundAgainAndNoneIsTakenForAnother() {
    Map<Outcome, Long> outcomes = outcomes(0, 340);
    assertFalse(outcomes.containsKey(Outcome.WRONG));
    assertTrue(outcomes.get(Outcome.FOUND) >= 300, outcomes.toString());
  }

  private static Map<Outcome, Long> outcomes(int from, int to) {
    Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    for (int seed = from; seed < to; seed++) {
      int k = DEPTHS[seed % DEPTHS.length];
      Drawn drawn = new RandomRecipes(seed).next(k);
      long start = System.nanoTime();
      Outcome outcome = outcome(drawn, k, seed);
      long seconds = (System.nanoTime() - start) / 1_000_000_000;
      System.out.printf(
          "%d: %s, K=%d: %s, %d s%n", seed, drawn.recipe().text(), k, outcome, seconds);
      outcomes.merge(outcome, 1L, Long::sum);
    }
    return outcomes;
  }

  @Test
  void theNextRoundDecidesATie() {
    GemmRecipe near = GemmRecipe.parse("in=f16 | fda(w=8,F=24,acc=f32rz) | " + PLAIN);
    GemmRecipe far = GemmRecipe.parse("in=f16 | fda(w=8,F=25,acc=f32rz) | " + PLAIN);
    ProbeSetup first =
        new ProbeSetup(
            64, 64, 2, DType.F16, DType.F16, ProbeSetup.Mode.FREE, false, 0, 0, List.of());
    Probe probe = Probe.free(first.next(List.of(near, far)));
    assertEquals(0, probe.firstRandom(), "only random products are asked");
    Decoded decoded = ProbeDecoder.decode(probe, run(far, probe)).getFirst();
    assertEquals(List.of(far), decoded.recipes());
  }

  @Test
  void aSearchThatWouldTakeTooLongEndsUndecided() {
    GemmRecipe recipe = GemmRecipe.parse("in=f16 | fda(w=8,F=25,acc=f32rz) | " + PLAIN);
    ProbeSetup setup =
        new ProbeSetup(
            64, 64, 2, DType.F16, DType.F16, ProbeSetup.Mode.FREE, false, 0, 0, List.of());
    Probe probe = Probe.free(setup);
    List<Tensor> results = run(recipe, probe);
    Decoded stopped = ProbeDecoder.decode(probe, results, 1000).getFirst();
    assertEquals(List.of(), stopped.recipes());
    assertTrue(
        stopped.open().getFirst() instanceof Open.Stopped(var after, _, _, _) && after == 1000,
        stopped.open()::toString);
    assertTrue(ProbeDecoder.decode(probe, results).getFirst().isDecoded());
  }

  @Test
  void comparingOrdersCounts() {
    String split = "splitk(s=4,g=8,residue=last) | partial=f32,order=fwd,add=f32rne";
    GemmRecipe recipe =
        GemmRecipe.parse("in=f16 | fma(acc=f32rne,lanes=1) | seq | " + split + " | cvt(f16,rne)");
    ProbeSetup setup =
        new ProbeSetup(
            64, 64, 2, DType.F16, DType.F16, ProbeSetup.Mode.FREE, false, 0, 0, List.of());
    Probe probe = Probe.free(setup);
    List<Tensor> results = run(recipe, probe);
    Decoded stopped = ProbeDecoder.decode(probe, results, 1 << 14).getFirst();
    assertEquals(List.of(), stopped.recipes());
    assertEquals(
        List.of(new Open.Stopped(1 << 14, Open.Untried.SOME_ORDERS, 0, 0)), stopped.open());
    assertTrue(ProbeDecoder.decode(probe, results).getFirst().isDecoded());
  }

  @Test
  void columnsThatAllAnswerDifferentlyShareABound() {
    int n = 6;
    ProbeSetup setup =
        new ProbeSetup(
            64, 64, n, DType.F16, DType.F16, ProbeSetup.Mode.FREE, false, 0, 0, List.of());
    Probe probe = Probe.free(setup);
    List<List<Tensor>> byWidth = new ArrayList<>();
    for (int w : new int[] {1, 2, 4, 8, 16, 32}) {
      GemmRecipe recipe = GemmRecipe.parse("in=f16 | fda(w=" + w + ",F=25,acc=f32rz) | " + PLAIN);
      byWidth.add(run(recipe, probe));
    }
    List<Tensor> mixed = new ArrayList<>();
    for (int call = 0; call < probe.calls().size(); call++) {
      Tensor any = byWidth.getFirst().get(call);
      TensorBuilder result = new TensorBuilder(DType.F16, any.shape());
      for (long i = 0; i < any.elements(); i++) {
        result.setBits(i, byWidth.get((int) (i % n)).get(call).bits(i));
      }
      mixed.add(result.build());
    }
    List<Decoded> each = ProbeDecoder.decode(probe, mixed, 1000);
    assertEquals(n, each.size());
    assertNotEquals(Open.Untried.ALL, untried(each.getFirst()));
    assertEquals(Open.Untried.ALL, untried(each.getLast()));
    assertTrue(ProbeDecoder.decode(probe, mixed).stream().allMatch(Decoded::isDecoded));
  }

  private static Open.Untried untried(Decoded decoded) {
    return decoded.open().getFirst() instanceof Open.Stopped stopped
        ? stopped.what()
        : fail(decoded.open().toString());
  }

  private static Outcome outcome(Drawn drawn, int k, long seed) {
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
    return holds ? Outcome.FOUND : group.isEmpty() ? Outcome.UNDECIDED : Outcome.WRONG;
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
          .multiply(call.x(), call.w(), GemmOperands.of(Optional.empty(), call.bias()), workers);
    }
  }
}
