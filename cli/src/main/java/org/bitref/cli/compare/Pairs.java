package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.model.StageNames;
import org.bitref.tensor.Shape;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * The names of two dumps side by side, in the order of computation.
 *
 * @param common in both
 * @param onlyA in A alone
 * @param onlyB in B alone
 */
record Pairs(List<String> common, List<String> onlyA, List<String> onlyB) {
  private static final int SHOWN = 8;

  /** Pairs tensors by name, without a check. */
  static Pairs of(TensorSource a, TensorSource b) {
    return new Pairs(
        names(a, b::has), names(a, name -> !b.has(name)), names(b, name -> !a.has(name)));
  }

  private static List<String> names(TensorSource source, Predicate<String> which) {
    List<String> names = new ArrayList<>(source.tensors().keySet());
    names.removeIf(which.negate());
    names.sort(StageNames.BY_PLAN);
    return names;
  }

  /**
   * @throws BadInputException if there is nothing to compare, if a name that is not allowed to be
   *     is missing on one side, or if shapes or kinds of type disagree
   */
  void check(TensorSource a, TensorSource b, Predicate<String> mayMiss) {
    List<String> missingB = onlyA.stream().filter(mayMiss.negate()).toList();
    List<String> missingA = onlyB.stream().filter(mayMiss.negate()).toList();
    if (common.isEmpty()) {
      throw new BadInputException(
          a.name() + " and " + b.name(),
          "have no tensor in common: A holds %s; B holds %s".formatted(some(onlyA), some(onlyB)),
          "Rename the tensors of one side.");
    }
    if (!missingA.isEmpty() || !missingB.isEmpty()) {
      throw new BadInputException(
          a.name() + " and " + b.name(),
          "do not hold the same tensors; "
              + only("A", missingB)
              + (missingB.isEmpty() || missingA.isEmpty() ? "" : "; ")
              + only("B", missingA),
          "Leave them out with --allow-missing REGEX ('.*' for all).");
    }
    common.forEach(name -> check(name, a, b));
  }

  private static String only(String side, List<String> names) {
    return names.isEmpty() ? "" : "only in " + side + ": " + some(names);
  }

  /** Refuses tensors of one name whose shapes or kinds of type disagree. */
  static void check(String name, TensorSource a, TensorSource b) {
    TensorInfo left = a.tensors().get(name);
    TensorInfo right = b.tensors().get(name);
    if (!squeezed(left.shape()).equals(squeezed(right.shape()))) {
      throw bad(
          name,
          "shape %s in %s and %s in %s".formatted(left.shape(), a.name(), right.shape(), b.name()),
          "Compare dumps of the same prompt in the same layout.");
    }
    if (left.dtype().isFloat() != right.dtype().isFloat()) {
      throw bad(
          name,
          "dtype %s in %s and %s in %s".formatted(left.dtype(), a.name(), right.dtype(), b.name()),
          "A number of one kind cannot be compared with one of the other.");
    }
  }

  private static BadInputException bad(String name, String has, String remedy) {
    return new BadInputException("tensor \"" + name + "\"", "has " + has, remedy);
  }

  private static Shape squeezed(Shape shape) {
    return Shape.of(Arrays.stream(shape.dims()).filter(dim -> dim != 1).toArray());
  }

  private static String some(List<String> names) {
    String first = names.stream().limit(SHOWN).collect(Collectors.joining(", "));
    return names.size() <= SHOWN ? first : first + " and " + (names.size() - SHOWN) + " more";
  }
}
