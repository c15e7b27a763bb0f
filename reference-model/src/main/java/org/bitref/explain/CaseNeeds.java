package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.operation.OperationKind;

/**
 * What some stages of a capture are computed again from: the nearest captured stages before them,
 * and the weights and tensors of the prompt on the way.
 */
final class CaseNeeds {
  private final Capture capture;
  private final Map<String, Set<String>> stages = new LinkedHashMap<>();
  private final Set<String> computed = new LinkedHashSet<>();

  private CaseNeeds(Capture capture) {
    this.capture = capture;
  }

  static CaseNeeds of(Capture capture, Selection selection) {
    CaseNeeds needs = new CaseNeeds(capture);
    for (CapturedSystem system : capture.systems()) {
      Set<String> held = new LinkedHashSet<>();
      needs.stages.put(system.name(), held);
      if (selection.isAll()) {
        held.addAll(system.stages().keySet());
      }
      for (String stage : capture.stages()) {
        if (system.computed(stage) && selection.includes(stage)) {
          held.add(stage);
          needs.compute(system, stage, held);
        }
      }
    }
    return needs;
  }

  private void compute(CapturedSystem system, String name, Set<String> held) {
    computed.add(name);
    for (StageId input : capture.plan().find(name).map(Stage::inputs).orElse(List.of())) {
      if (system.find(input.name()).isPresent()) {
        held.add(input.name());
      } else {
        compute(system, input.name(), held);
      }
    }
  }

  /** The stages of a system that are packed, in the order of computation. */
  List<String> stages(String system) {
    return capture.plan().inOrder(stages.get(system));
  }

  /** All of them that some system has. */
  List<String> stages() {
    Set<String> all = new LinkedHashSet<>();
    stages.values().forEach(all::addAll);
    return capture.plan().inOrder(all);
  }

  /** True for a stage that is computed again. */
  boolean computes(String stage) {
    return computed.contains(stage);
  }

  /**
   * The stages on the way that read a parameter, and their biases; a table of embeddings is none of
   * a case.
   */
  List<String> weighted() {
    return capture.plan().inOrder(computed).stream()
        .map(name -> capture.plan().find(name).orElseThrow())
        .filter(stage -> stage.weight().isPresent() && stage.kind() != OperationKind.EMBED)
        .flatMap(CaseNeeds::names)
        .toList();
  }

  private static Stream<String> names(Stage stage) {
    String name = stage.id().name();
    return stage.bias().isPresent() ? Stream.of(name, Stage.bias(name)) : Stream.of(name);
  }

  /** The stages of attention that are computed again. */
  List<String> attention() {
    return capture.plan().inOrder(computed).stream()
        .filter(name -> capture.plan().find(name).orElseThrow().kind() == OperationKind.ATTEND)
        .toList();
  }

  /** The tensors of the prompt that stages on the way read: {@code deepstack.0}. */
  List<String> given() {
    List<String> given = new ArrayList<>();
    for (String name : capture.plan().inOrder(computed)) {
      capture.plan().find(name).flatMap(Stage::given).ifPresent(given::add);
    }
    return given;
  }
}
