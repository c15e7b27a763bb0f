package org.bitref.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.compare.Comparer;
import org.bitref.compare.TensorComparison;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.Preflight.Check;
import org.bitref.model.Stage;
import org.bitref.tensor.Tensor;

/**
 * What of a capture was looked at.
 *
 * @param selection what was asked for
 * @param stages how many stages that is
 * @param ofStages how many the capture holds
 * @param ofLayers how many layers it holds
 * @param before pairs of systems that differ before the first stage looked at
 */
public record Scope(
    Selection selection, int stages, int ofStages, int ofLayers, List<Before> before) {
  /** The list is copied. */
  public Scope {
    before = List.copyOf(before);
  }

  /**
   * Two systems that differ before what was looked at.
   *
   * @param stage the first stage looked at that both computed
   * @param earliest the first captured stage before it that differs
   * @param inputs stages that {@code stage} is computed from and that differ; none if they were not
   *     captured
   */
  public record Before(String a, String b, String stage, Check earliest, List<Check> inputs) {
    /** The list is copied. */
    public Before {
      inputs = List.copyOf(inputs);
    }
  }

  /** True if everything was looked at. */
  public boolean isAll() {
    return selection.isAll();
  }

  /** What differs before the first stage looked at, of this pair. */
  public Optional<Before> before(Chain chain) {
    return before.stream()
        .filter(pair -> pair.a().equals(chain.a()) && pair.b().equals(chain.b()))
        .findFirst();
  }

  static Scope of(Capture capture, Selection selection) {
    List<String> all = capture.stages();
    List<Before> before = new ArrayList<>();
    List<CapturedSystem> systems = capture.systems();
    for (int i = 0; i < systems.size(); i++) {
      for (CapturedSystem b : systems.subList(i + 1, systems.size())) {
        before(capture, selection, systems.get(i), b).ifPresent(before::add);
      }
    }
    int looked = Math.toIntExact(all.stream().filter(selection::includes).count());
    return new Scope(selection, looked, all.size(), Selection.layers(all).size(), before);
  }

  private static Optional<Before> before(
      Capture capture, Selection selection, CapturedSystem a, CapturedSystem b) {
    List<String> both =
        capture.stages().stream().filter(name -> a.computed(name) && b.computed(name)).toList();
    Optional<String> first = both.stream().filter(selection::includes).findFirst();
    return first.flatMap(
        stage ->
            both.subList(0, both.indexOf(stage)).stream()
                .flatMap(name -> unequal(name, a, b).stream())
                .findFirst()
                .map(
                    earliest ->
                        new Before(
                            a.name(), b.name(), stage, earliest, inputs(capture, stage, a, b))));
  }

  private static List<Check> inputs(
      Capture capture, String stage, CapturedSystem a, CapturedSystem b) {
    return capture.plan().find(stage).map(Stage::inputs).orElse(List.of()).stream()
        .flatMap(input -> unequal(input.name(), a, b).stream())
        .toList();
  }

  /** The difference of a stage; empty if one of both lacks it, or they hold other samples of it. */
  private static Optional<Check> unequal(String stage, CapturedSystem a, CapturedSystem b) {
    if (!a.computed(stage) || !b.computed(stage)) {
      return Optional.empty();
    }
    Tensor left = a.get(stage);
    Tensor right = b.get(stage);
    if (left.elements() != right.elements()) {
      return Optional.empty();
    }
    TensorComparison c = Comparer.compare(left, right);
    return c.allEqual()
        ? Optional.empty()
        : Optional.of(new Check(stage, a.name(), b.name(), c.equal(), c.total()));
  }
}
