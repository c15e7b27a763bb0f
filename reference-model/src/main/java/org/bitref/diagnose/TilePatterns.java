package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
import org.bitref.diagnose.Judge.Hypothesis;
import org.bitref.tensor.Tensor;

/**
 * A block of the output is wrong and everything around it right: the block may hold zeros, another
 * block, or be wrong in a way of its own.
 */
final class TilePatterns {
  private static final int SAMPLE = 40;

  private final GemmBound bound;
  private final List<Tensor> others;
  private final int columns;

  TilePatterns(GemmBound bound, List<Tensor> others) {
    this.bound = bound;
    this.others = others;
    this.columns = bound.factors().columns();
  }

  Optional<Corruption> find() {
    Set<Region> tried = new HashSet<>();
    for (ProductFamily family : bound.families()) {
      Region box = bound.outside(family);
      if (2 * box.elements() <= bound.y().length && tried.add(box)) {
        Optional<Corruption> found = inside(box);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Corruption> inside(Region box) {
    double cost = 2 * Math.log(bound.y().length) / Math.log(2);
    int from = source(box);
    int offset = from - (box.firstRow() * columns + box.firstColumn());
    int row = from / columns;
    int column = from % columns;
    Region other = new Region(row, row + box.rows() - 1, column, column + box.columns() - 1);
    List<Hypothesis> all = new ArrayList<>();
    all.add(stale(box, Optional.empty(), cost, right -> replaced(right, right.scaled(0), box, 0)));
    if (offset != 0) {
      all.add(
          stale(box, Optional.of(other), 2 * cost, right -> replaced(right, right, box, offset)));
    }
    return new Judge(bound)
        .best(all)
        .map(stale -> in(box, stale, stale.damage(), stale.explained()))
        .or(
            () ->
                new GemmDiagnosis(bound.part(box), others)
                    .patterns()
                    .map(found -> within(box, found)));
  }

  private static Hypothesis stale(
      Region box, Optional<Region> source, double cost, UnaryOperator<ExactProduct> repair) {
    return new Hypothesis(
        Pattern.STALE_TILE, new Damage.Tile(box, source), cost, (_, right) -> repair.apply(right));
  }

  private Corruption within(Region box, Corruption found) {
    long explained = bound.y().length - box.elements() + found.explained();
    return in(box, found, new Damage.Within(box, found.damage()), explained);
  }

  private Corruption in(Region box, Corruption found, Damage damage, long explained) {
    return new Corruption(found.pattern(), damage, explained, bound.y().length, box);
  }

  private ExactProduct replaced(ExactProduct right, ExactProduct by, Region box, int offset) {
    return right.replaced(by, i -> box.contains(i / columns, i % columns) ? i + offset : -1);
  }

  /** The upper left corner of the block of the right product that the box resembles most. */
  private int source(Region box) {
    double[] exact = bound.product(InputRounding.NONE).exact();
    int[] steps =
        IntStream.of(Nearest.spread(SAMPLE, box.elements()))
            .map(i -> i / box.columns() * columns + i % box.columns())
            .toArray();
    int start = box.firstRow() * columns + box.firstColumn();
    IntStream places =
        IntStream.rangeClosed(0, bound.factors().rows() - box.rows())
            .flatMap(
                row ->
                    IntStream.rangeClosed(0, columns - box.columns())
                        .map(column -> row * columns + column));
    return Nearest.place(bound.y(), start, steps, exact, places);
  }
}
