package org.bitref.compare.verdict;

import org.bitref.compare.ElementPairs;
import org.bitref.tensor.Tensor;

/**
 * Two tensors of one layout, and of what size values are expected to be.
 *
 * <p>An error is measured against the <em>size</em> of an element: the larger of |a|, |b| and
 * r·c/g. r, c and g are the sizes of its row (the last axis), of its column and of all, by head
 * where there are heads: (mean √max(|a|, |b|))², which one huge value in a row hardly moves. A sum
 * of products has errors of the size of its row and column, however small the result; a stored
 * value is rounded by its own size. Where a row or column as a whole is small, so are its errors.
 */
final class Sides {

  private final Tensor a;
  private final Tensor b;
  private final Layout layout;
  private final int columns;
  private final int heads;
  private final long headStride;
  private final double[] ofRow;
  private final double[] ofColumn;
  private final double[] ofHead;

  Sides(Tensor a, Tensor b, Layout layout) {
    this.a = a;
    this.b = b;
    this.layout = layout;
    this.columns = layout.length(Layout.AXES - 1);
    this.heads = layout.heads().isPresent() ? layout.length(layout.heads().getAsInt()) : 1;
    this.headStride = layout.heads().isPresent() ? layout.stride(layout.heads().getAsInt()) : 1;
    this.ofRow = new double[Math.toIntExact(layout.elements() / columns)];
    this.ofColumn = new double[heads * columns];
    this.ofHead = new double[heads];
    measure();
  }

  private void measure() {
    each(
        (i, x, y) -> {
          double larger = Math.max(Math.abs(x), Math.abs(y));
          double root = Double.isFinite(larger) ? Math.sqrt(larger) : 0;
          int head = head(i);
          ofRow[(int) (i / columns)] += root;
          ofColumn[head * columns + (int) (i % columns)] += root;
          ofHead[head] += root;
        });
    mean(ofRow, columns);
    mean(ofColumn, (double) layout.elements() / ofColumn.length);
    mean(ofHead, (double) layout.elements() / heads);
  }

  private static void mean(double[] sums, double n) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = sums[i] / n * (sums[i] / n);
    }
  }

  private int head(long index) {
    return heads == 1 ? 0 : (int) (index / headStride % heads);
  }

  Layout layout() {
    return layout;
  }

  double a(long index) {
    return a.get(index);
  }

  double b(long index) {
    return b.get(index);
  }

  /** The size of an element; 0 only if all in its row or column is zero. */
  double size(long index, double x, double y) {
    int head = head(index);
    double all = ofHead[head];
    double column = ofColumn[head * columns + (int) (index % columns)];
    double expected = all == 0 ? 0 : ofRow[(int) (index / columns)] * column / all;
    return Math.max(expected, Math.max(Math.abs(x), Math.abs(y)));
  }

  double size(long index) {
    return size(index, a(index), b(index));
  }

  void each(ElementPairs.Visitor visitor) {
    ElementPairs.each(a, b, visitor);
  }
}
