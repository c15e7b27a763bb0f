package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /**
   * What a system brought.
   *
   * @param name of its file, or its own in a file of several
   * @param inputs by name
   */
  record Start(String name, String system, Map<String, Tensor> inputs) {
    /** Of a file that is a system. */
    static Start of(TensorSource source, String system) {
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      names(source).forEach((input, name) -> inputs.put(input, source.read(name)));
      return new Start(source.name(), system, inputs);
    }
  }

  /** The inputs of each against those of the first; none if there are less than two. */
  static List<Check> checks(List<Start> starts) {
    List<Check> checks = new ArrayList<>();
    for (int i = 1; i < starts.size(); i++) {
      Start other = starts.get(i);
      starts
          .getFirst()
          .inputs()
          .forEach(
              (input, _) -> {
                if (other.inputs().containsKey(input)) {
                  checks.add(check(input, starts.getFirst(), other));
                }
              });
    }
    return checks;
  }

  /** The names in a file of what a prefill starts from. */
  private static Map<String, String> names(TensorSource source) {
    Map<String, String> inputs = new LinkedHashMap<>();
    for (String name : source.tensors().keySet()) {
      boolean marked = name.startsWith("in.");
      String plain = marked ? name.substring(3) : name;
      boolean known = StageNames.isInput(plain) || plain.equals("inputs_embeds");
      Optional<String> input = known ? Optional.of(plain) : Optional.empty();
      input
          .or(() -> marked ? StageNames.input(plain) : Optional.empty())
          .filter(found -> !found.startsWith("past."))
          .ifPresent(found -> inputs.putIfAbsent(found, name));
    }
    return inputs;
  }

  private static Check check(String name, Start first, Start other) {
    Tensor a = first.inputs().get(name);
    Tensor b = other.inputs().get(name);
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
