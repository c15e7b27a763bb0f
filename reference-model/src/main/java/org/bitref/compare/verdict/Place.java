package org.bitref.compare.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A part of a tensor: the indices that belong to it on every axis; axes that belong to it whole are
 * left out.
 *
 * @param layer of the model, where the tensor's name says it
 */
public record Place(OptionalInt layer, List<Part> parts) {

  /** What belongs to a place on one axis. */
  public record Part(Axis axis, List<Run> runs) {
    /** Copies the list. */
    public Part {
      runs = List.copyOf(runs);
    }
  }

  /** Indices from {@code first} to {@code last}, both included, {@code step} apart. */
  public record Run(int first, int last, int step) {}

  /** Copies the list. */
  public Place {
    parts = List.copyOf(parts);
  }

  /** True if it is the whole tensor. */
  public boolean isWhole() {
    return parts.isEmpty();
  }

  static Place of(Layout layout, Region region) {
    List<Part> parts = new ArrayList<>();
    for (int axis = 0; axis < Layout.AXES; axis++) {
      int[] set = region.set(axis);
      if (set.length < layout.length(axis)) {
        parts.add(new Part(layout.axis(axis), runs(set)));
      }
    }
    return new Place(layout.layer(), parts);
  }

  /**
   * Sorted indices: one run with a step of more than 1 if that holds all, else as few as can be.
   */
  static List<Run> runs(int[] sorted) {
    int step = sorted.length > 2 ? sorted[1] - sorted[0] : 1;
    boolean even = step > 1;
    for (int i = 1; even && i < sorted.length; i++) {
      even = sorted[i] - sorted[i - 1] == step;
    }
    if (even) {
      return List.of(new Run(sorted[0], sorted[sorted.length - 1], step));
    }
    List<Run> runs = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= sorted.length; i++) {
      if (i == sorted.length || sorted[i] != sorted[i - 1] + 1) {
        runs.add(new Run(sorted[first], sorted[i - 1], 1));
        first = i;
      }
    }
    return runs;
  }
}
