package org.bitref.search.space;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Hardware;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;
import org.bitref.recipe.KOrder;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;
import org.bitref.tensor.Widened;

/**
 * The recipes that a search goes through: every kind of accumulator that a GPU or a CPU library is
 * known to have, with every way to cut K, to add the slices and to store the sum. They are listed
 * in factors, for most of the work can be shared.
 */
public final class ProductSpace {
  private final Format x;
  private final Format w;
  private final Format y;
  private final Optional<Format> between;
  private final boolean bias;
  private final SumScaling scaling;
  private final int block;

  /**
   * @param gemm whose types and operands count
   */
  public ProductSpace(Captured<Product> gemm) {
    this(gemm, SumScaling.of(gemm.operation().scales()));
  }

  /**
   * @param gemm whose types and operands count
   * @param scaling where sums are multiplied by the scales of operands, or by a factor that is not
   *     known
   */
  public ProductSpace(Captured<Product> gemm, SumScaling scaling) {
    this.x = gemm.operation().x().dtype().format().orElseThrow();
    this.w = gemm.operation().w().dtype().format().orElseThrow();
    this.y = gemm.y().dtype().format().orElseThrow();
    this.between = Widened.rounded(gemm.y()).flatMap(found -> found.held().format());
    this.bias = gemm.operation().bias().isPresent();
    this.scaling = scaling;
    this.block = gemm.operation().scales().block();
  }

  /** Operands and accumulator of a recipe. */
  public record Core(Input in, Inner inner) {
    /** What kind of accumulator it is. */
    public String family() {
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
    /** Not at all. */
    public static final Cut NONE = new Cut(new Chain.Seq(), new Split.None());
  }

  /** Operands and accumulators, the usual ones first. */
  public List<Core> cores() {
    List<Core> cores = new ArrayList<>();
    for (Input in : inputs()) {
      fused(in).forEach(inner -> cores.add(new Core(in, inner)));
      for (Accumulator acc : List.of(Accumulator.F32RNE, Accumulator.F16RNE, Accumulator.F64RNE)) {
        if (acc != Accumulator.F16RNE || isHalf(in)) {
          chained(in, acc, Lanes.ONE).forEach(inner -> cores.add(new Core(in, inner)));
        }
      }
      if (in.x() == Format.BF16 && in.w() == Format.BF16) {
        for (Inner.Bf16Dp.Order order : Inner.Bf16Dp.Order.values()) {
          cores.add(new Core(in, new Inner.Bf16Dp(order, true)));
        }
      }
      if (scaling != SumScaling.BLOCKS) {
        cores.add(new Core(in, new Inner.Exact()));
      }
    }
    return cores;
  }

  /** Dot products with several partial sums side by side; they do not cut K in another way. */
  public List<Core> lanes() {
    List<Core> cores = new ArrayList<>();
    if (scaling == SumScaling.BLOCKS) {
      return cores;
    }
    for (Input in : inputs()) {
      for (int count = 2; count <= 256; count *= 2) {
        for (Lanes lanes : OrderSpace.lanes(count)) {
          chained(in, Accumulator.F32RNE, lanes).forEach(inner -> cores.add(new Core(in, inner)));
          if (isHalf(in)) {
            cores.add(new Core(in, new Inner.Fma(Accumulator.F16RNE, lanes)));
          }
        }
      }
    }
    return cores;
  }

  /**
   * A chain of fused multiply-adds, and one of products and sums. The second is left out if the
   * accumulator's format holds every product, but for those beyond its exponents: then to round
   * products first changes nothing.
   */
  private static List<Inner> chained(Input in, Accumulator acc, Lanes lanes) {
    Inner fused = new Inner.Fma(acc, lanes);
    return in.x().precision() + in.w().precision() > acc.format().precision()
        ? List.of(fused, new Inner.MulAdd(acc, lanes))
        : List.of(fused);
  }

  private List<Input> inputs() {
    if (scaling != SumScaling.NONE && x.width() + w.width() == 24) {
      // An 8-bit operand beside one of 16 bits is converted, which changes no value.
      return List.of(Input.of(x.width() == 16 ? x : w));
    }
    return x.precision() <= 11 && w.precision() <= 11
        ? List.of(new Input(x, w, Rounding.RZ, false))
        : OperandRounding.singles(Rounding.RNE, Rounding.RZ, Rounding.RNA);
  }

  private static boolean isHalf(Input in) {
    return in.x() == Format.F16;
  }

  /** Tensor cores: the widths of known architectures with every F that any of them has. */
  private static List<Inner> fused(Input in) {
    List<Inner> all = new ArrayList<>();
    if (in.x() == Format.F32) {
      return all;
    }
    Format shorter = in.w().width() == 8 ? in.w() : in.x();
    for (int w : Hardware.widths(shorter)) {
      for (int f : Hardware.fractions()) {
        for (Accumulator acc : accumulators(in, f)) {
          OptionalInt floor = Hardware.floor(in.x(), f, acc);
          all.add(new Inner.Fda(w, f, acc, KOrder.ID, false, floor));
        }
      }
    }
    if (shorter.width() == 8) {
      all.addAll(Hardware.permuted());
    }
    return all;
  }

  private static List<Accumulator> accumulators(Input in, int f) {
    Accumulator last = f == 13 ? Accumulator.E8M13RZ : Accumulator.F32RNE;
    return in.x().width() == 8 || in.x() == Format.F16
        ? List.of(Accumulator.F32RZ, Accumulator.F16RNE, last)
        : List.of(Accumulator.F32RZ, last);
  }

  /** Every way to cut K that is worth a try. */
  public List<Cut> cuts() {
    if (scaling == SumScaling.BLOCKS) {
      Chain promote = new Chain.Promote(block, Accumulator.F32RNE, true);
      return List.of(new Cut(promote, new Split.None()));
    }
    List<Cut> cuts = new ArrayList<>(List.of(Cut.NONE));
    for (Chain chain : chains()) {
      cuts.add(new Cut(chain, new Split.None()));
    }
    for (Split split : splits()) {
      cuts.add(new Cut(new Chain.Seq(), split));
    }
    for (int s = 2; s <= 8; s++) {
      for (int bk : new int[] {32, 64, 128}) {
        cuts.add(new Cut(new Chain.Sliced(2, bk), OrderSpace.splitk(s, 64)));
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
    for (int s = 2; s <= Hardware.MULTIPROCESSORS; s++) {
      for (int g = 128; g >= 8; g /= 2) {
        splits.add(OrderSpace.splitk(s, g));
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

  /** From a sum to y: a conversion, where there is a bias before and after it. */
  public List<Epilogue> epilogues() {
    Epilogue.Step cvt = new Epilogue.Cvt(y, Epilogue.Conversion.RNE);
    List<Epilogue> all = new ArrayList<>();
    for (List<Epilogue.Step> scaled : scaling.steps(y)) {
      if (bias) {
        all.add(epilogue(scaled, List.of(new Epilogue.AddBias(Format.F32), cvt)));
        all.add(epilogue(scaled, List.of(cvt, new Epilogue.AddBias(y))));
      }
      between
          .map(format -> new Epilogue.Cvt(format, Epilogue.Conversion.RNE))
          .ifPresent(
              cast -> {
                all.add(epilogue(scaled, List.of(cvt, cast, cvt)));
                all.add(epilogue(scaled, List.of(cast, cvt)));
              });
      all.add(epilogue(scaled, List.of(cvt)));
      if (y == Format.F32) {
        // Results that were stored short before they were captured.
        Epilogue.Step shorter = new Epilogue.Cvt(shorter(), Epilogue.Conversion.RNE);
        all.add(epilogue(scaled, List.of(shorter, cvt)));
      }
    }
    return all;
  }

  private static Epilogue epilogue(List<Epilogue.Step> first, List<Epilogue.Step> then) {
    return new Epilogue(Stream.concat(first.stream(), then.stream()).toList());
  }

  /** The plainest recipe of each kind, to measure how far the nearest are. */
  public List<GemmRecipe> plain() {
    List<String> kinds = new ArrayList<>();
    List<GemmRecipe> plain = new ArrayList<>();
    for (Core core : cores()) {
      String kind = core.in() + core.family();
      if (!kinds.contains(kind)) {
        kinds.add(kind);
        recipe(core, cuts().getFirst(), new Combine.None(), epilogues().getFirst())
            .ifPresent(plain::add);
      }
    }
    return plain;
  }

  /** The recipe of these parts; empty if they contradict each other. */
  public static Optional<GemmRecipe> recipe(
      Core core, Cut cut, Combine combine, Epilogue epilogue) {
    boolean exact = core.inner() instanceof Inner.Exact;
    boolean split = !(cut.split() instanceof Split.None);
    if ((exact && !cut.equals(Cut.NONE)) || split == combine instanceof Combine.None) {
      return Optional.empty();
    }
    return Optional.of(
        new GemmRecipe(core.in(), core.inner(), cut.chain(), cut.split(), combine, epilogue));
  }
}
