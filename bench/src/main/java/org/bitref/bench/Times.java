package org.bitref.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Seconds of one contestant. */
final class Times {
  private final List<Double> seconds = new ArrayList<>();

  /** Runs and takes the time. */
  void take(Runnable work) {
    long started = System.nanoTime();
    work.run();
    add((System.nanoTime() - started) / 1e9);
  }

  void add(double time) {
    seconds.add(time);
  }

  double best() {
    return Collections.min(seconds);
  }

  double median() {
    List<Double> sorted = seconds.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
