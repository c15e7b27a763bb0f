package org.bitref.replay;

import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.Tensor;

/** A weight [rows, columns], read row by row. */
interface Matrix {
  int rows();

  int columns();

  /** Reads row {@code n}; may be called by several threads. */
  void row(int n, double[] into);

  static Matrix of(Tensor weight) {
    boolean matrix = weight.shape().rank() == 2;
    int rows = matrix ? weight.shape().intDim(0) : 1;
    int columns = Math.toIntExact(weight.elements() / rows);
    return new Read(rows, columns, (n, into) -> weight.read((long) n * columns, into, 0, columns));
  }

  /** Reads one row. */
  @FunctionalInterface
  interface Reader {
    void read(int row, double[] into);
  }

  /** By a reader. */
  record Read(int rows, int columns, Reader reader) implements Matrix {
    @Override
    public void row(int n, double[] into) {
      reader.read(n, into);
    }
  }

  /** The only row of a vector. */
  default double[] vector() {
    double[] values = new double[columns()];
    row(0, values);
    return values;
  }

  default Matrix mapped(DoubleUnaryOperator function) {
    return new Read(
        rows(),
        columns(),
        (n, into) -> {
          row(n, into);
          for (int i = 0; i < into.length; i++) {
            into[i] = function.applyAsDouble(into[i]);
          }
        });
  }

  /** Rows in another order. */
  default Matrix rowsBy(IntUnaryOperator order) {
    return new Read(rows(), columns(), (n, into) -> row(order.applyAsInt(n), into));
  }

  /** This one above another. */
  default Matrix above(Matrix other) {
    return new Read(
        rows() + other.rows(),
        columns(),
        (n, into) -> {
          if (n < rows()) {
            row(n, into);
          } else {
            other.row(n - rows(), into);
          }
        });
  }

  /** So many rows of this one, then so many of another, and so on. */
  default Matrix inTurnWith(Matrix other, int size) {
    Matrix both = above(other);
    return both.rowsBy(n -> n / size % 2 * rows() + n / size / 2 * size + n % size);
  }

  /** Every other block of so many rows. */
  default Matrix inTurn(int size, int first) {
    Matrix moved = rowsBy(n -> (n / size * 2 + first) * size + n % size);
    return new Read(rows() / 2, columns(), moved::row);
  }

  /** The upper or the lower half. */
  default Matrix half(int lower) {
    int half = rows() / 2;
    Matrix moved = rowsBy(n -> n + lower * half);
    return new Read(half, columns(), moved::row);
  }

  /** A square one with rows and columns exchanged. */
  default Matrix transposed() {
    double[][] all = new double[rows()][columns()];
    for (int n = 0; n < rows(); n++) {
      row(n, all[n]);
    }
    return new Read(
        columns(),
        rows(),
        (n, into) -> {
          for (int i = 0; i < into.length; i++) {
            into[i] = all[i][n];
          }
        });
  }

  /** Groups of a row's columns in whole steps of their largest magnitude over {@code steps}. */
  default Matrix quantised(int steps, int group) {
    return new Read(
        rows(),
        columns(),
        (n, into) -> {
          row(n, into);
          for (int from = 0; from < into.length; from += group) {
            quantise(into, from, Math.min(into.length, from + group), steps);
          }
        });
  }

  private static void quantise(double[] row, int from, int to, int steps) {
    double most = 0;
    for (int i = from; i < to; i++) {
      most = Math.max(most, Math.abs(row[i]));
    }
    // In float32, as quantisers compute: half steps are usual, and how they round decides.
    float step = (float) most / steps;
    for (int i = from; i < to && step > 0; i++) {
      row[i] = (float) Math.rint((float) row[i] / step) * step;
    }
  }

  /** Every value rounded to a format after one scale that makes the largest its largest. */
  default Matrix scaledInto(Format format) {
    double[] row = new double[columns()];
    double most = 0;
    for (int n = 0; n < rows(); n++) {
      row(n, row);
      for (double value : row) {
        most = Math.max(most, Math.abs(value));
      }
    }
    float scale = (float) (most / format.maxFinite());
    return scale == 0 ? this : mapped(x -> (float) saturated((float) x / scale, format) * scale);
  }

  /** The same with a scale of each row. */
  default Matrix rowsScaledInto(Format format) {
    return new Read(
        rows(),
        columns(),
        (n, into) -> {
          row(n, into);
          double most = 0;
          for (double value : into) {
            most = Math.max(most, Math.abs(value));
          }
          float scale = (float) (most / format.maxFinite());
          for (int i = 0; i < into.length && scale > 0; i++) {
            into[i] = (float) saturated((float) into[i] / scale, format) * scale;
          }
        });
  }

  /** Every value rounded to a format; what is too large becomes the largest finite number. */
  default Matrix rounded(Format format) {
    return mapped(x -> saturated(x, format));
  }

  /** A value in a format without overflow. */
  static double saturated(double x, Format format) {
    double most = format.maxFinite();
    return format.round(Math.clamp(x, -most, most), Rounding.RNE);
  }
}
