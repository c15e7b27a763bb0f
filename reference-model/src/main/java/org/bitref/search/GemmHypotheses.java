package org.bitref.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;
import org.bitref.recipe.KOrder;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;

/**
 * The recipes that a search goes through: every kind of accumulator that a GPU or a CPU library is
 * known to have, with every way to cut K, to add the slices and to store the sum. They are listed
 * in factors, for most of the work can be shared.
 */
public final class GemmHypotheses {
  private static final int MOST_SLICES = 132;

  private final Format x;
  private final Format w;
  private final Format y;
  private final boolean bias;

  /**
   * @param gemm whose types and operands count
   */
  public GemmHypotheses(Captured<Product> gemm) {
    this.x = gemm.operation().x().dtype().format().orElseThrow();
    this.w = gemm.operation().w().dtype().format().orElseThrow();
    this.y = gemm.y().dtype().format().orElseThrow();
    this.bias = gemm.operation().bias().isPresent();
  }

  /** Operands and accumulator of a recipe. */
  public record Core(Input in, Inner inner) {
    /** What kind of accumulator it is. */
    String family() {
      return switch (inner) {
        case Inner.Fda fda -> "tensor core, " + name(fda.acc());
        case Inner.Fma fma -> chain(fma.lanes()) + " of fused multiply-adds, " + name(fma.acc());
        case Inner.MulAdd add -> chain(add.lanes()) + " of products and sums, " + name(add.acc());
        case Inner.Bf16Dp _ -> "bfloat16 pairs, f32rne";
        case Inner.Exact _ -> "exact sum";
      };
    }

    private static String chain(Lanes lanes) {
      return lanes.count() == 1 ? "chain" : "several chains";
    }

    private static String name(Accumulator acc) {
      return acc.name().toLowerCase(Locale.ROOT);
    }
  }

  /** How K is cut. */
  public record Cut(Chain chain, Split split) {
    static final Cut NONE = new Cut(new Chain.Seq(), new Split.None());
  }

  /** Operands and accumulators, the usual ones first. */
  public List<Core> cores() {
    List<Core> cores = new ArrayList<>();
    for (Input in : inputs()) {
      fused(in).forEach(inner -> cores.add(new Core(in, inner)));
      boolean halves = shortest(in) == Format.F16;
      for (Accumulator acc : List.of(Accumulator.F32RNE, Accumulator.F16RNE, Accumulator.F64RNE)) {
        if (acc != Accumulator.F16RNE || halves) {
          cores.add(new Core(in, new Inner.Fma(acc, Lanes.ONE)));
          if (roundsProducts(in, acc)) {
            cores.add(new Core(in, new Inner.MulAdd(acc, Lanes.ONE)));
          }
        }
      }
      if (in.x() == Format.BF16 && in.w() == Format.BF16) {
        for (Inner.Bf16Dp.Order order : Inner.Bf16Dp.Order.values()) {
          cores.add(new Core(in, new Inner.Bf16Dp(order, true)));
        }
      }
      cores.add(new Core(in, new Inner.Exact()));
    }
    return cores;
  }

  /** Dot products with several partial sums side by side; they do not cut K in another way. */
  public List<Core> lanes() {
    List<Core> cores = new ArrayList<>();
    for (Input in : inputs()) {
      for (int count = 2; count <= 256; count *= 2) {
        for (Lanes lanes : lanes(count)) {
          cores.add(new Core(in, new Inner.Fma(Accumulator.F32RNE, lanes)));
          if (roundsProducts(in, Accumulator.F32RNE)) {
            cores.add(new Core(in, new Inner.MulAdd(Accumulator.F32RNE, lanes)));
          }
          if (shortest(in) == Format.F16) {
            cores.add(new Core(in, new Inner.Fma(Accumulator.F16RNE, lanes)));
          }
        }
      }
    }
    return cores;
  }

  /**
   * False if the accumulator's format holds every product, but for those beyond its exponents: then
   * to round products first changes nothing.
   */
  private static boolean roundsProducts(Input in, Accumulator acc) {
    return in.x().precision() + in.w().precision() > acc.format().precision();
  }

  private static List<Lanes> lanes(int count) {
    List<Lanes> all = new ArrayList<>();
    for (Lanes.Tree tree : Lanes.Tree.values()) {
      for (Lanes.Tail tail : Lanes.Tail.values()) {
        all.add(new Lanes(count, Lanes.Order.STRIDED, tree, tail));
      }
      all.add(new Lanes(count, Lanes.Order.BLOCKED, tree, Lanes.Tail.LANES));
    }
    return all;
  }

  private List<Input> inputs() {
    List<Input> inputs = new ArrayList<>();
    if (x.precision() <= 11 && w.precision() <= 11) {
      inputs.add(new Input(x, w, Rounding.RZ, false));
    } else {
      inputs.add(Input.of(Format.F32));
      for (Rounding rounding : List.of(Rounding.RNE, Rounding.RZ, Rounding.RNA)) {
        inputs.add(new Input(Format.TF32, Format.TF32, rounding, false));
      }
      inputs.add(Input.of(Format.BF16));
      inputs.add(Input.of(Format.F16));
    }
    return inputs;
  }

  private static Format shortest(Input in) {
    return in.x() == Format.F16 && in.w() == Format.F16 ? Format.F16 : in.x();
  }

  /** Tensor cores: the widths of known architectures with every F that any of them has. */
  private static List<Inner> fused(Input in) {
    List<Inner> all = new ArrayList<>();
    if (in.x() == Format.F32) {
      return all;
    }
    boolean fp8 = in.x().width() == 8 || in.w().width() == 8;
    int[] widths = fp8 ? new int[] {32, 16} : new int[] {16, 8, 4, 32};
    for (int w : widths) {
      for (int f : new int[] {25, 24, 23, 13}) {
        for (Accumulator acc : accumulators(in, f)) {
          all.add(new Inner.Fda(w, f, acc, KOrder.ID, false, floor(in, f, acc)));
        }
      }
    }
    if (fp8) {
      for (Accumulator acc : List.of(Accumulator.F32RZ, Accumulator.F16RNE)) {
        all.add(new Inner.Fda(16, 25, acc, KOrder.PAIRS, true, OptionalInt.empty()));
      }
    }
    return all;
  }

  private static List<Accumulator> accumulators(Input in, int f) {
    List<Accumulator> all = new ArrayList<>(List.of(Accumulator.F32RZ));
    boolean halves = in.x().width() == 8 || in.x() == Format.F16;
    if (halves) {
      all.add(Accumulator.F16RNE);
    }
    all.add(f == 13 ? Accumulator.E8M13RZ : Accumulator.F32RNE);
    return all;
  }

  /** Every way to cut K that is worth a try. */
  public List<Cut> cuts() {
    List<Cut> cuts = new ArrayList<>(List.of(Cut.NONE));
    for (Chain chain : chains()) {
      cuts.add(new Cut(chain, new Split.None()));
    }
    for (Split split : splits()) {
      cuts.add(new Cut(new Chain.Seq(), split));
    }
    for (int s = 2; s <= 8; s++) {
      for (int bk : new int[] {32, 64, 128}) {
        cuts.add(new Cut(new Chain.Sliced(2, bk), splitk(s, 64)));
      }
    }
    return cuts;
  }

  private static List<Chain> chains() {
    List<Chain> chains = new ArrayList<>();
    for (int q : new int[] {2, 4, 8}) {
      for (int bk = 16; bk <= 256; bk *= 2) {
        chains.add(new Chain.Sliced(q, bk));
      }
    }
    for (int every = 16; every <= 1024; every *= 2) {
      chains.add(new Chain.Promote(every, Accumulator.F32RNE, false));
    }
    for (int q : new int[] {64, 128, 192, 256, 512}) {
      chains.add(new Chain.KBlock(q, Chain.KBlock.Rule.MLAS, Chain.KBlock.UNROLL));
    }
    for (int q : new int[] {240, 256, 320, 352, 384, 448, 512, 640, 768}) {
      for (int unroll : new int[] {4, 8, 16, 32}) {
        chains.add(new Chain.KBlock(q, Chain.KBlock.Rule.OPENBLAS, unroll));
      }
    }
    chains.add(new Chain.KBlock(384, Chain.KBlock.Rule.MKL, Chain.KBlock.UNROLL));
    chains.add(new Chain.KBlock(1024, Chain.KBlock.Rule.ONEDNN, Chain.KBlock.UNROLL));
    return chains;
  }

  private static List<Split> splits() {
    List<Split> splits = new ArrayList<>();
    for (int s = 2; s <= MOST_SLICES; s++) {
      for (int g = 128; g >= 8; g /= 2) {
        splits.add(splitk(s, g));
        for (int bk = 32; bk <= 128; bk *= 2) {
          splits.add(new Split.SplitK(s, g, Split.SplitK.Residue.FIRST, bk));
        }
      }
      splits.add(new Split.Even(s));
      for (int bk = 32; bk <= 128; bk *= 2) {
        splits.add(new Split.StreamK(s, bk));
      }
    }
    for (int s = 2; s <= 32; s++) {
      for (int bk = 8; bk <= 128; bk *= 2) {
        splits.add(new Split.Cyclic(s, bk));
      }
    }
    return splits;
  }

  private static Split splitk(int s, int g) {
    return new Split.SplitK(s, g, Split.SplitK.Residue.LAST, Split.SplitK.TILE);
  }

  /** Every way to add slices whose sums have this format. */
  public List<Combine> combines(Format sum) {
    List<Combine> all = new ArrayList<>();
    List<Format> partials = new ArrayList<>();
    if (sum.precision() > 11) {
      partials.add(Format.F32);
    }
    partials.add(shorter());
    Combine.Add ownAdd = shorter() == Format.F16 ? Combine.Add.F16RNE : Combine.Add.BF16RNE;
    for (Format partial : partials) {
      for (Combine.Order order : Combine.Order.values()) {
        all.add(new Combine.Sum(partial, order, Combine.Add.F32RNE));
        all.add(new Combine.Sum(partial, order, ownAdd));
        if (order == Combine.Order.FWD || order == Combine.Order.REV) {
          all.add(new Combine.Sum(partial, order, Combine.Add.INPLACE));
        }
      }
    }
    return all;
  }

  private Format shorter() {
    return y == Format.BF16 || x == Format.BF16 ? Format.BF16 : Format.F16;
  }

  /** From a sum to y: a conversion, and where there is a bias before and after it. */
  public List<Epilogue> epilogues() {
    Epilogue.Step cvt = new Epilogue.Cvt(y, Epilogue.Conversion.RNE);
    List<Epilogue> all = new ArrayList<>();
    if (bias) {
      all.add(new Epilogue(List.of(new Epilogue.AddBias(Format.F32), cvt)));
      all.add(new Epilogue(List.of(cvt, new Epilogue.AddBias(y))));
    }
    all.add(new Epilogue(List.of(cvt)));
    if (y == Format.F32) {
      // Results that were stored short before they were captured.
      Epilogue.Step shorter = new Epilogue.Cvt(shorter(), Epilogue.Conversion.RNE);
      all.add(new Epilogue(List.of(shorter, cvt)));
    }
    return all;
  }

  /** The plainest recipe of each kind, to measure how far the nearest are. */
  List<GemmRecipe> plain() {
    List<String> kinds = new ArrayList<>();
    List<GemmRecipe> plain = new ArrayList<>();
    for (Core core : cores()) {
      String kind = core.in() + core.family();
      if (!kinds.contains(kind)) {
        kinds.add(kind);
        recipe(core, Cut.NONE, new Combine.None(), epilogues().getFirst()).ifPresent(plain::add);
      }
    }
    return plain;
  }

  /** The recipe of these parts; empty if they contradict each other. */
  static Optional<GemmRecipe> recipe(Core core, Cut cut, Combine combine, Epilogue epilogue) {
    boolean exact = core.inner() instanceof Inner.Exact;
    boolean split = !(cut.split() instanceof Split.None);
    if ((exact && !cut.equals(Cut.NONE)) || split == combine instanceof Combine.None) {
      return Optional.empty();
    }
    return Optional.of(
        new GemmRecipe(core.in(), core.inner(), cut.chain(), cut.split(), combine, epilogue));
  }

  /** The least E as it was measured beside F; float32 sums of float16 products never get there. */
  static OptionalInt floor(Input in, int fraction, Accumulator acc) {
    if (acc == Accumulator.F16RNE) {
      return fraction < 23 ? OptionalInt.empty() : OptionalInt.of(4 - fraction);
    }
    boolean wide = in.x().emin() < -100;
    return wide && fraction > 23 ? OptionalInt.of(-108 - fraction) : OptionalInt.empty();
  }
}
