package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.Region;
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
    List<Hypothesis> all = new ArrayList<>();
    double cost = 2 * Math.log(bound.y().length) / Math.log(2);
    all.add(
        Hypothesis.of(
            Pattern.STALE_TILE,
            box + " hold zeros",
            cost,
            (_, right) -> replaced(right, right.scaled(0), box, 0)));
    int from = source(box);
    int offset = from - (box.firstRow() * columns + box.firstColumn());
    int row = from / columns;
    int column = from % columns;
    Region other = new Region(row, row + box.rows() - 1, column, column + box.columns() - 1);
    if (offset != 0) {
      all.add(
          Hypothesis.of(
              Pattern.STALE_TILE,
              box + " hold the values of " + other,
              2 * cost,
              (_, right) -> replaced(right, right, box, offset)));
    }
    Optional<Corruption> stale = new Judge(bound).best(all);
    if (stale.isPresent()) {
      return stale.map(found -> at(found, box));
    }
    return new GemmDiagnosis(bound.part(box), others).patterns().map(found -> within(found, box));
  }

  private static Corruption at(Corruption found, Region box) {
    return new Corruption(
        found.pattern(), found.text(), found.explained(), found.total(), box, found.family());
  }

  private Corruption within(Corruption found, Region box) {
    return new Corruption(
        found.pattern(),
        "in " + box + ", and only there: " + found.text(),
        bound.y().length - box.elements() + found.explained(),
        bound.y().length,
        box,
        found.family());
  }

  private ExactProduct replaced(ExactProduct right, ExactProduct by, Region box, int offset) {
    return right.replaced(by, i -> box.contains(i / columns, i % columns) ? i + offset : -1);
  }

  /** The upper left corner of the block of the right product that the box resembles most. */
  private int source(Region box) {
    double[] exact = bound.product(InputRounding.NONE).exact();
    int[] steps = new int[(int) Math.min(SAMPLE, box.elements())];
    for (int s = 0; s < steps.length; s++) {
      int i = (int) (s * box.elements() / steps.length);
      steps[s] = i / box.columns() * columns + i % box.columns();
    }
    int start = box.firstRow() * columns + box.firstColumn();
    double best = Double.POSITIVE_INFINITY;
    int source = start;
    for (int row = 0; row + box.rows() <= bound.factors().rows(); row++) {
      for (int column = 0; column + box.columns() <= columns; column++) {
        double distance = 0;
        for (int s = 0; s < steps.length && distance < best; s++) {
          double there = exact[row * columns + column + steps[s]];
          distance += Math.abs(bound.y()[start + steps[s]] - there);
        }
        if (distance < best) {
          best = distance;
          source = row * columns + column;
        }
      }
    }
    return source;
  }
}
