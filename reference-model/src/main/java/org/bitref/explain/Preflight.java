package org.bitref.explain;

import java.util.ArrayList;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.compare.Comparer;
import org.bitref.compare.TensorComparison;
import org.bitref.model.StageNames;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * Whether the systems started from the same.
 *
 * @param shared inputs that the capture holds once, for all systems
 * @param weights how many weights it holds so
 * @param checks inputs that every system brought
 */
public record Preflight(List<String> shared, int weights, List<Check> checks) {
  /**
   * One input of one system against that of the first.
   *
   * @param equal elements that are equal in the coarser of both types
   */
  public record Check(String input, String system, String other, long equal, long total) {
    /** True if all are. */
    public boolean allEqual() {
      return equal == total;
    }
  }

  /** The lists are copied. */
  public Preflight {
    shared = List.copyOf(shared);
    checks = List.copyOf(checks);
  }

  /** Of sources that are a system each. */
  static Preflight of(List<TensorSource> sources) {
    List<Check> checks = new ArrayList<>();
    TensorSource first = sources.getFirst();
    for (TensorSource other : sources.subList(1, sources.size())) {
      for (String name : first.tensors().keySet()) {
        boolean input = StageNames.isInput(name) || name.equals("inputs_embeds");
        if (input && !name.startsWith("past.") && other.has(name)) {
          checks.add(check(name, first, other));
        }
      }
    }
    return new Preflight(List.of(), 0, checks);
  }

  private static Check check(String name, TensorSource first, TensorSource other) {
    Tensor a = first.read(name);
    Tensor b = other.read(name);
    if (a.elements() != b.elements() || a.dtype().isFloat() != b.dtype().isFloat()) {
      throw new BadInputException(
          "tensor \"" + name + "\"",
          "is %s %s in %s and %s %s in %s"
              .formatted(a.dtype(), a.shape(), first.name(), b.dtype(), b.shape(), other.name()),
          "Give captures of one prompt.");
    }
    TensorComparison c = Comparer.compare(a, b);
    return new Check(name, first.name(), other.name(), c.equalRounded(), c.total());
  }

  /** The same without an input that is judged as a stage. */
  Preflight without(String input) {
    return new Preflight(
        shared, weights, checks.stream().filter(check -> !check.input().equals(input)).toList());
  }

  /** True if systems brought this input and it differs. */
  boolean differs(String input) {
    return checks.stream().anyMatch(check -> check.input().equals(input) && !check.allEqual());
  }

  /** True if nothing that systems started from was found to differ. */
  public boolean allEqual() {
    return checks.stream().allMatch(Check::allEqual);
  }
}
