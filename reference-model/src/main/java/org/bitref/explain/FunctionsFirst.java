package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.model.StageId;
import org.bitref.tensor.Tensor;

/**
 * Whether systems have different functions, asked where their difference jumps: that is cheap, and
 * makes long searches for recipes needless.
 */
final class FunctionsFirst {
  /** In units in the last place of 1, a difference that two roundings do not make. */
  private static final double LEAST = 2;

  /** How much larger than those of its inputs a stage's difference is where it jumps. */
  private static final double JUMP = 3;

  /** Jumps that are looked at. */
  private static final int MOST = 4;

  /** Values that tell the size of a difference. */
  private static final long VALUES = 1 << 16;

  private final Capture capture;
  private final BiFunction<CapturedSystem, String, Optional<Set<OtherFunction>>> functions;
  private final Map<String, Double> differences = new HashMap<>();

  /** By stage: many ways lead back to a stage of an earlier layer. */
  private final Map<String, Double> ofInputs = new HashMap<>();

  private FunctionsFirst(
      Capture capture, BiFunction<CapturedSystem, String, Optional<Set<OtherFunction>>> functions) {
    this.capture = capture;
    this.functions = functions;
  }

  /**
   * @param stages that are looked at
   * @param functions what a system computes in a stage other than the model; empty if not known
   */
  static boolean differ(
      Capture capture,
      List<String> stages,
      BiFunction<CapturedSystem, String, Optional<Set<OtherFunction>>> functions) {
    return new FunctionsFirst(capture, functions).differ(stages);
  }

  private boolean differ(List<String> stages) {
    int jumps = 0;
    for (String stage : stages) {
      double difference = difference(stage);
      if (jumps < MOST && difference > Math.max(LEAST, JUMP * ofInputs(stage))) {
        jumps++;
        if (differ(stage)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean differ(String stage) {
    List<Set<OtherFunction>> found = new ArrayList<>();
    for (CapturedSystem system : capture.computing(stage)) {
      Optional<Set<OtherFunction>> function = functions.apply(system, stage);
      if (function.isEmpty()) {
        return false;
      }
      found.add(function.get());
    }
    return found.stream().anyMatch(one -> !OtherFunction.same(one, found.getFirst()));
  }

  /** The largest difference of what a stage is computed from, as far back as was captured. */
  private double ofInputs(String stage) {
    Double known = ofInputs.get(stage);
    if (known == null) {
      known =
          capture.plan().find(stage).orElseThrow().inputs().stream()
              .map(StageId::name)
              .mapToDouble(
                  input ->
                      capture.computing(input).size() > 1 ? difference(input) : ofInputs(input))
              .max()
              .orElse(0);
      ofInputs.put(stage, known);
    }
    return known;
  }

  private double difference(String stage) {
    return differences.computeIfAbsent(stage, this::largest);
  }

  private double largest(String stage) {
    List<Tensor> all = capture.computing(stage).stream().map(system -> system.get(stage)).toList();
    return all.stream()
        .filter(one -> one.elements() == all.getFirst().elements())
        .mapToDouble(one -> difference(all.getFirst(), one))
        .max()
        .orElse(0);
  }

  /** Root of the mean square, relative to the values, in units in the last place of 1. */
  private static double difference(Tensor a, Tensor b) {
    long step = Math.max(1, a.elements() / VALUES);
    double squares = 0;
    double size = 0;
    for (long i = 0; i < a.elements(); i += step) {
      double off = a.get(i) - b.get(i);
      squares += off * off;
      size += a.get(i) * a.get(i);
    }
    double unit = Math.max(unit(a), unit(b));
    return size > 0 && Double.isFinite(squares) ? Math.sqrt(squares / size) / unit : 0;
  }

  private static double unit(Tensor tensor) {
    return tensor.dtype().format().orElseThrow().ulp(1.0);
  }
}
