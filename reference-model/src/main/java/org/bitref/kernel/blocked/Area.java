package org.bitref.kernel.blocked;

import java.util.ArrayList;
import java.util.List;

/** Outputs that one thread does at a time: rows [top, bottom) and columns [left, right). */
record Area(int top, int bottom, int left, int right) {
  int rows() {
    return bottom - top;
  }

  int columns() {
    return right - left;
  }

  /**
   * Parts of at most {@code mostRows} (one tile's if that is more) by {@code mostColumns}, which
   * are whole tiles of {@code height} times {@code width} but for the last: rows evenly; columns in
   * stripes that grow narrow towards the end, so that no thread waits long for another's last.
   * Parts of the same columns follow each other.
   */
  List<Area> cut(int mostRows, int mostColumns, int height, int width, int threads) {
    int bands = Math.ceilDiv(rows(), mostRows);
    int band = upTo(height, Math.ceilDiv(rows(), bands));
    List<Area> parts = new ArrayList<>();
    for (int from = left; from < right; ) {
      int share = (right - from) / (2 * threads);
      int stripe = upTo(width, Math.clamp(share, mostColumns / 4, mostColumns));
      int to = Math.min(right, from + stripe);
      for (int row = top; row < bottom; row += band) {
        parts.add(new Area(row, Math.min(bottom, row + band), from, to));
      }
      from = to;
    }
    return parts;
  }

  private static int upTo(int multiple, int least) {
    return Math.ceilDiv(least, multiple) * multiple;
  }
}
