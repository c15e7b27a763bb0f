package org.bitref.diagnose;

import java.util.HashMap;
import java.util.Map;

/** The most frequent number. */
final class Mode {
  private Mode() {}

  /** Of at least one; the first of them that is reached wins. */
  static int of(int[] numbers) {
    Map<Integer, Integer> counts = new HashMap<>();
    int mode = numbers[0];
    for (int number : numbers) {
      if (counts.merge(number, 1, Integer::sum) > counts.get(mode)) {
        mode = number;
      }
    }
    return mode;
  }
}
