package org.bitref.probe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.tensor.Tensor;

/**
 * What the device computed.
 *
 * @param probe what it was asked
 * @param results [M, N] for every call, in their order
 */
record Answers(Probe probe, List<Tensor> results) {
  Answers {
    results = List.copyOf(results);
  }

  long bits(int row, int column) {
    Probe.Place place = probe.place(row);
    return results.get(place.call()).bits((long) place.m() * probe.setup().n() + column);
  }

  double value(int row, int column) {
    Probe.Place place = probe.place(row);
    return results.get(place.call()).get((long) place.m() * probe.setup().n() + column);
  }

  /**
   * Columns that answered alike. With free weights all columns of a call but the random ones are
   * asked the same; with given ones only one column is asked.
   */
  List<List<Integer>> columnClasses() {
    if (probe.setup().mode() == ProbeSetup.Mode.WEIGHTS) {
      return List.of(List.of(probe.column()));
    }
    if (probe.firstRandom() == 0) {
      return List.of(Samples.columns(probe.setup().n()));
    }
    Map<List<Long>, List<Integer>> classes = new LinkedHashMap<>();
    for (int n = 0; n < probe.setup().n(); n++) {
      List<Long> signature = new ArrayList<>();
      for (int call = 0; call < probe.firstRandom(); call++) {
        signature.add(hash(results.get(call), n));
      }
      classes.computeIfAbsent(signature, _ -> new ArrayList<>()).add(n);
    }
    return List.copyOf(classes.values());
  }

  private long hash(Tensor result, int column) {
    long hash = 1;
    for (int m = 0; m < probe.setup().m(); m++) {
      hash = hash * 0x9E3779B97F4A7C15L + result.bits((long) m * probe.setup().n() + column);
      hash ^= hash >>> 29;
    }
    return hash;
  }
}
