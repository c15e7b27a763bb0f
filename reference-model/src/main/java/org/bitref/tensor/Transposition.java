package org.bitref.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Rows of a matrix become columns. */
final class Transposition {
  /** A side of the squares that are moved at once, so that both sides stay in a cache. */
  private static final long SIDE = 64;

  private Transposition() {}

  static Tensor of(Tensor matrix) {
    if (matrix.shape().rank() != 2) {
      throw new IllegalArgumentException(matrix.shape() + " is no matrix");
    }
    long rows = matrix.shape().dim(0);
    long columns = matrix.shape().dim(1);
    long bytes = matrix.data().byteSize();
    MemorySegment out =
        MemorySegment.ofArray(new long[Math.toIntExact((bytes + 7) / 8)]).asSlice(0, bytes);
    for (long top = 0; top < rows; top += SIDE) {
      for (long left = 0; left < columns; left += SIDE) {
        long bottom = Math.min(rows, top + SIDE);
        long right = Math.min(columns, left + SIDE);
        for (long column = left; column < right; column++) {
          for (long row = top; row < bottom; row++) {
            move(matrix, row * columns + column, out, column * rows + row);
          }
        }
      }
    }
    return new Tensor(matrix.dtype(), Shape.of(columns, rows), out);
  }

  private static void move(Tensor from, long at, MemorySegment out, long to) {
    switch (from.dtype().bytes()) {
      case 1 -> out.set(ValueLayout.JAVA_BYTE, to, (byte) from.bits(at));
      case 2 -> out.set(Tensor.I16, 2 * to, (short) from.bits(at));
      case 4 -> out.set(Tensor.I32, 4 * to, (int) from.bits(at));
      default -> out.set(Tensor.I64, 8 * to, from.bits(at));
    }
  }
}
