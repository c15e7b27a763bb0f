package org.bitref.tensor;

import java.util.Arrays;
import org.bitref.numerics.Format;

/** All words of a short type, and the nearest of them to a number found by looking for it. */
final class Words {
  private final double[] magnitudes;
  private final int sign;
  private final boolean infinities;

  /** The table of the finite magnitudes and of the value that would follow the last. */
  Words(DType dtype) {
    Format format = dtype.format().orElseThrow();
    sign = 1 << (8 * dtype.bytes() - 1);
    infinities = dtype != DType.F8_E4M3;
    int finite = 0;
    while (Double.isFinite(format.decode(finite))) {
      finite++;
    }
    magnitudes = new double[finite + 1];
    for (int i = 0; i < finite; i++) {
      magnitudes[i] = format.decode(i);
    }
    magnitudes[finite] = 2 * magnitudes[finite - 1] - magnitudes[finite - 2];
  }

  /** A tensor in which element {@code i} has the bits {@code i}. */
  static Tensor all(DType dtype) {
    if (dtype.bytes() == 1) {
      byte[] bytes = new byte[256];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) i;
      }
      return Tensor.ofBytes(dtype, Shape.of(256), bytes);
    }
    short[] shorts = new short[65536];
    for (int i = 0; i < shorts.length; i++) {
      shorts[i] = (short) i;
    }
    return Tensor.ofShorts(dtype, Shape.of(65536), shorts);
  }

  /** The word nearest to {@code x}, of two the even one; -1 for any NaN. */
  int nearest(double x) {
    double magnitude = Math.abs(x);
    int last = magnitudes.length - 1;
    int word;
    if (Double.isNaN(x)) {
      return -1;
    } else if (magnitude >= magnitudes[last]) {
      word = last;
    } else {
      int found = Arrays.binarySearch(magnitudes, magnitude);
      word = found >= 0 ? found : nearer(-found - 2, magnitude);
    }
    if (word == last && !infinities) {
      return -1;
    }
    return Math.copySign(1, x) < 0 ? word | sign : word;
  }

  private int nearer(int low, double magnitude) {
    double middle = (magnitudes[low] + magnitudes[low + 1]) / 2;
    if (magnitude == middle) {
      return low % 2 == 0 ? low : low + 1;
    }
    return magnitude < middle ? low : low + 1;
  }
}
