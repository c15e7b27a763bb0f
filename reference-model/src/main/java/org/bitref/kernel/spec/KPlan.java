package org.bitref.kernel.spec;

import java.util.ArrayList;
import java.util.List;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Split;

/**
 * Which accumulator sees which k: a recipe's split and chain for one K, spelled out. K falls into
 * slices, a slice into runs, each of which has an accumulator of its own.
 *
 * @param slices each a list of runs; no slice and no run is empty, but for K = 0 there is one slice
 *     of one run without terms
 */
public record KPlan(List<List<Run>> slices) {
  /** Columns from which MKL no longer halves the rest of a long K. */
  private static final int MKL_WIDE = 192;

  /** The terms k in [from, to). A fused step does not reach over the end of a range. */
  public record Range(int from, int to) {
    /** How many terms. */
    public int length() {
      return to - from;
    }
  }

  /** The terms that one accumulator sees, in this order. */
  public record Run(List<Range> ranges) {
    /** The list is copied. */
    public Run {
      ranges = List.copyOf(ranges);
    }

    static Run of(int from, int to) {
      return new Run(List.of(new Range(from, to)));
    }

    /** How many terms. */
    public int length() {
      return ranges.stream().mapToInt(Range::length).sum();
    }
  }

  public static KPlan of(GemmRecipe recipe, int k, int n) {
    return of(recipe.chain(), recipe.split(), k, n);
  }

  /**
   * The plan of K terms.
   *
   * @param n columns of the product, which one blocking rule looks at
   */
  public static KPlan of(Chain chain, Split split, int k, int n) {
    List<List<Run>> slices = new ArrayList<>();
    for (Run slice : slices(split, k)) {
      if (slice.length() > 0) {
        slices.add(runs(chain, slice, n));
      }
    }
    return new KPlan(slices.isEmpty() ? List.of(List.of(new Run(List.of()))) : slices);
  }

  /**
   * The same partition with as few ranges as possible: neighbours become one where no fused step of
   * {@code step} terms is cut anew. Recipes with equal results have the same sums.
   */
  public KPlan joined(int step) {
    List<List<Run>> joined = new ArrayList<>(slices.size());
    for (List<Run> slice : slices) {
      List<Run> runs = new ArrayList<>(slice.size());
      for (Run run : slice) {
        runs.add(joined(run, step));
      }
      joined.add(runs);
    }
    return new KPlan(joined);
  }

  private static Run joined(Run run, int step) {
    List<Range> ranges = new ArrayList<>();
    for (Range range : run.ranges()) {
      if (range.length() == 0) {
        continue;
      }
      int from = range.from();
      if (!ranges.isEmpty()
          && ranges.getLast().to() == from
          && ranges.getLast().length() % step == 0) {
        from = ranges.removeLast().from();
      }
      ranges.add(new Range(from, range.to()));
    }
    return new Run(ranges);
  }

  /** True if every range of terms starts at such a k. */
  public boolean startsAtMultiplesOf(int step) {
    return slices.stream()
        .flatMap(List::stream)
        .flatMap(run -> run.ranges().stream())
        .allMatch(range -> range.from() % step == 0);
  }

  /** True if every range of terms starts at an even k and ends at one, or at the end of K. */
  public boolean keepsPairs(int k) {
    return slices.stream()
        .flatMap(List::stream)
        .flatMap(run -> run.ranges().stream())
        .allMatch(range -> range.from() % 2 == 0 && (range.to() % 2 == 0 || range.to() == k));
  }

  private static List<Run> slices(Split split, int k) {
    return switch (split) {
      case Split.None _ -> List.of(Run.of(0, k));
      case Split.SplitK uniform -> uniform(uniform, k);
      case Split.Cyclic cyclic -> dealt(Run.of(0, k), cyclic.s(), cyclic.bk());
      case Split.Even even -> even(even.s(), k);
      case Split.Bounds bounds -> bounds(bounds.ends(), k);
      case Split.StreamK stream -> stream(stream.units(), stream.bk(), k);
    };
  }

  private static List<Run> uniform(Split.SplitK split, int k) {
    long chunk = ceilDiv(ceilDiv(k, split.g()), split.s()) * split.g();
    List<Run> slices = new ArrayList<>();
    for (long from = 0; from < k; from += chunk) {
      int start = (int) from;
      int end = (int) Math.min(k, from + chunk);
      int residue = (end - start) % split.bk();
      if (split.residue() == Split.SplitK.Residue.FIRST && residue > 0) {
        Range first = new Range(start, start + residue);
        slices.add(new Run(List.of(first, new Range(start + residue, end))));
      } else {
        slices.add(Run.of(start, end));
      }
    }
    return slices;
  }

  private static List<Run> even(int s, int k) {
    List<Run> slices = new ArrayList<>();
    for (long j = 0; j < s; j++) {
      slices.add(Run.of((int) (j * k / s), (int) ((j + 1) * k / s)));
    }
    return slices;
  }

  private static List<Run> bounds(List<Integer> ends, int k) {
    List<Run> slices = new ArrayList<>();
    int from = 0;
    for (int end : ends) {
      slices.add(Run.of(from, Math.min(end, k)));
      from = Math.min(end, k);
    }
    slices.add(Run.of(from, k));
    return slices;
  }

  private static List<Run> stream(int units, int bk, int k) {
    List<Run> slices = new ArrayList<>();
    long tiles = ceilDiv(k, bk);
    long from = 0;
    for (int unit = 0; unit < units; unit++) {
      long to = from + tiles / units + (unit < tiles % units ? 1 : 0);
      slices.add(Run.of((int) Math.min(k, from * bk), (int) Math.min(k, to * bk)));
      from = to;
    }
    return slices;
  }

  private static List<Run> runs(Chain chain, Run slice, int n) {
    return switch (chain) {
      case Chain.Seq _ -> List.of(slice);
      case Chain.Sliced sliced ->
          dealt(slice, sliced.q(), sliced.bk() / sliced.q()).stream()
              .filter(run -> run.length() > 0)
              .toList();
      case Chain.Promote promote -> pieces(slice, promote.every());
      case Chain.KBlock block -> blocks(slice, block, n);
    };
  }

  /** Deals tiles of {@code tile} terms to s runs in turn, afresh in every range. */
  private static List<Run> dealt(Run slice, int s, int tile) {
    List<List<Range>> hands = new ArrayList<>();
    for (int j = 0; j < s; j++) {
      hands.add(new ArrayList<>());
    }
    for (Range range : slice.ranges()) {
      int turn = 0;
      for (int from = range.from(); from < range.to(); from += tile) {
        hands.get(turn++ % s).add(new Range(from, Math.min(range.to(), from + tile)));
      }
    }
    return hands.stream().map(Run::new).toList();
  }

  private static List<Run> pieces(Run slice, int every) {
    List<Run> pieces = new ArrayList<>();
    for (Range range : slice.ranges()) {
      for (long from = range.from(); from < range.to(); from += every) {
        pieces.add(Run.of((int) from, (int) Math.min(range.to(), from + every)));
      }
    }
    return pieces;
  }

  private static List<Run> blocks(Run slice, Chain.KBlock block, int n) {
    List<Run> blocks = new ArrayList<>();
    for (Range range : slice.ranges()) {
      int from = range.from();
      while (from < range.to()) {
        int to = from + blockLength(range.to() - from, range.to() - range.from(), block, n);
        blocks.add(Run.of(from, to));
        from = to;
      }
    }
    return blocks;
  }

  /** The next block, when {@code rest} of {@code k} terms are left. */
  private static int blockLength(int rest, int k, Chain.KBlock block, int n) {
    int q = block.q();
    boolean between = rest > q && rest < 2L * q;
    long length =
        switch (block.rule()) {
          case OPENBLAS -> between ? ceilDiv(rest / 2, block.unroll()) * block.unroll() : q;
          case MLAS -> q;
          case MKL -> between && (k < 2L * q || n < MKL_WIDE) ? ceilDiv(rest, 2) : q;
          case ONEDNN -> k > q ? q : ceilDiv(q, 2);
        };
    return (int) Math.min(rest, length);
  }

  private static long ceilDiv(long a, long b) {
    return (a + b - 1) / b;
  }
}
