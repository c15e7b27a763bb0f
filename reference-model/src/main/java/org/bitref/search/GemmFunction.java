package org.bitref.search;

import java.util.List;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;
import org.bitref.recipe.Lanes;

/**
 * What a recipe does at one K and N, with all that makes no difference there taken out: recipes
 * with equal functions give the same bits for every input of this shape. The converse need not
 * hold.
 *
 * @param plan ranges joined where no fused step is cut anew
 */
record GemmFunction(Input in, Inner inner, KPlan plan, Tail tail) {
  /**
   * What becomes of the sums of the runs.
   *
   * @param merge how the runs of a slice are joined; {@code seq} if no slice has two
   */
  record Tail(Chain merge, Combine combine, Epilogue epilogue) {}

  static GemmFunction of(GemmRecipe recipe, int k, int n) {
    KPlan plan = KPlan.of(recipe.chain(), recipe.split(), k, n).joined(step(recipe.inner()));
    Tail tail = tail(recipe, plan.slices().size(), merge(recipe.chain(), plan));
    boolean runs = plan.slices().size() == 1 && plan.slices().getFirst().size() > 1;
    Format sum = recipe.inner().format();
    if (runs && (sum == Format.F32 || sum == Format.F16)) {
      // Runs that are added in order are slices that are added in order.
      Format into = recipe.chain() instanceof Chain.Promote promote ? promote.into().format() : sum;
      boolean scaled = recipe.chain() instanceof Chain.Promote promote && promote.fmascale();
      if (!scaled && (into == Format.F32 || into == sum)) {
        plan = new KPlan(plan.slices().getFirst().stream().map(List::of).toList());
        Combine.Add add = into == Format.F32 ? Combine.Add.F32RNE : Combine.Add.F16RNE;
        Combine forward = new Combine.Sum(sum, Combine.Order.FWD, add);
        tail = new Tail(new Chain.Seq(), forward, tail.epilogue());
      }
    }
    return new GemmFunction(recipe.in(), inner(recipe.inner(), plan), plan, tail);
  }

  /**
   * @param slices of the recipe's plan
   * @param merge that of {@link #merge(Chain, KPlan)}
   */
  static Tail tail(GemmRecipe recipe, int slices, Chain merge) {
    return new Tail(merge, combine(recipe, slices), epilogue(recipe));
  }

  /** Without a conversion of a float16 sum into float16. */
  private static Epilogue epilogue(GemmRecipe recipe) {
    List<Epilogue.Step> steps = recipe.epilogue().steps();
    // A sum in place lives in the format of the output.
    boolean inPlace =
        recipe.combine() instanceof Combine.Sum sum && sum.add() == Combine.Add.INPLACE;
    boolean half = !inPlace && recipe.sumFormat() == Format.F16;
    boolean idle =
        half
            && steps.size() > 1
            && steps.getFirst() instanceof Epilogue.Cvt cvt
            && cvt.format() == Format.F16;
    return idle ? new Epilogue(steps.subList(1, steps.size())) : recipe.epilogue();
  }

  /** After how many terms a range may be cut without changing a sum. */
  static int step(Inner inner) {
    return switch (inner) {
      case Inner.Fda fda when fda.kper().isIdentity() && !fda.clast() -> fda.w();
      case Inner.Fda _ -> Integer.MAX_VALUE;
      case Inner.Bf16Dp _ -> 2;
      case Inner.Fma _, Inner.MulAdd _, Inner.Exact _ -> 1;
    };
  }

  /** A step wider than every range is as good as one that just holds the longest. */
  private static Inner inner(Inner inner, KPlan plan) {
    if (inner instanceof Inner.Fma fma) {
      return new Inner.Fma(fma.acc(), lanes(fma.lanes(), plan));
    }
    if (inner instanceof Inner.MulAdd add) {
      return new Inner.MulAdd(add.acc(), lanes(add.lanes(), plan));
    }
    if (!(inner instanceof Inner.Fda fda) || !fda.kper().isIdentity() || fda.clast()) {
      return inner;
    }
    int longest =
        plan.slices().stream()
            .flatMap(List::stream)
            .map(Run::ranges)
            .flatMap(List::stream)
            .mapToInt(Range::length)
            .max()
            .orElse(1);
    int w = Math.clamp(longest, 1, fda.w());
    return new Inner.Fda(w, fda.fraction(), fda.acc(), fda.kper(), false, fda.floor());
  }

  /** A tail that no run has is none. */
  private static Lanes lanes(Lanes lanes, KPlan plan) {
    boolean full =
        plan.slices().stream()
            .flatMap(List::stream)
            .allMatch(run -> run.length() % lanes.count() == 0);
    return full ? lanes.withoutTail() : lanes;
  }

  /** How runs are joined does not matter where there is one; a sum added to zero stays as it is. */
  static Chain merge(Chain chain, KPlan plan) {
    boolean single = plan.slices().stream().allMatch(slice -> slice.size() == 1);
    return switch (chain) {
      case Chain.Promote promote
          when single && promote.into() == Accumulator.F32RNE && !promote.fmascale() ->
          new Chain.Seq();
      case Chain.Promote promote -> new Chain.Promote(1, promote.into(), promote.fmascale());
      case Chain.KBlock _ when !single ->
          new Chain.KBlock(1, Chain.KBlock.Rule.MLAS, Chain.KBlock.UNROLL);
      default -> single ? new Chain.Seq() : new Chain.Sliced(1, 1);
    };
  }

  private static Combine combine(GemmRecipe recipe, int slices) {
    if (!(recipe.combine() instanceof Combine.Sum sum)) {
      return recipe.combine();
    }
    Format acc =
        recipe.chain() instanceof Chain.Promote promote
            ? promote.into().format()
            : recipe.inner().format();
    boolean half = acc == Format.F16 && sum.partial() == Format.F32;
    Format partial = half ? Format.F16 : sum.partial();
    Combine.Add add = add(sum.add(), partial, recipe.output());
    if (slices == 1) {
      return new Combine.Sum(partial, Combine.Order.FWD, add);
    }
    // Two terms commute unless the first is rounded before the second comes.
    boolean symmetric =
        add != Combine.Add.INPLACE
            && (add == Combine.Add.F32RNE || partial == add.format().orElseThrow());
    boolean forward =
        switch (sum.order()) {
          case FWD -> true;
          case REV -> slices == 2 && symmetric;
          case PAIR -> slices <= 3;
          case TREE -> slices == 2;
        };
    return new Combine.Sum(partial, forward ? Combine.Order.FWD : sum.order(), add);
  }

  /**
   * A sum of two short values, rounded to float32 and then to their own format, is rounded as if
   * once: 24 bits are at least twice theirs and two more (S. Figueroa, "When is double rounding
   * innocuous?", 1995).
   */
  private static Combine.Add add(Combine.Add add, Format partial, Format output) {
    if (add != Combine.Add.INPLACE) {
      return add;
    }
    if (output == Format.F32) {
      return Combine.Add.F32RNE;
    }
    if (partial == output) {
      return output == Format.F16 ? Combine.Add.F16RNE : Combine.Add.BF16RNE;
    }
    return add;
  }
}
