package org.bitref.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.PackedCase.Kept;
import org.bitref.explain.PackedCase.Part;
import org.bitref.kernel.OperandScale;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.recipe.Device;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Makes one file of a capture, whole or sampled, that is read as the capture is. */
public final class CasePacker {
  private final Capture capture;
  private final CaseNeeds needs;
  private final KeptRows rows;
  private final KeptColumns columns;
  private final List<Part> parts = new ArrayList<>();
  private final List<String> noWeight = new ArrayList<>();

  /**
   * What is kept.
   *
   * @param rows places of tokens among those that were captured, ascending; all if empty
   * @param columns of each product, at least 1; all if empty
   */
  public record Sample(Optional<List<Integer>> rows, Optional<Integer> columns) {
    /** Everything. */
    public static final Sample ALL = new Sample(Optional.empty(), Optional.empty());

    /** The list is copied. */
    public Sample {
      rows = rows.map(List::copyOf);
    }
  }

  private CasePacker(Capture capture, Selection selection, Sample sample) {
    this.capture = capture;
    this.needs = CaseNeeds.of(capture, selection);
    this.rows = KeptRows.of(capture, sample.rows());
    this.columns =
        sample
            .columns()
            .map(most -> KeptColumns.of(capture, needs, most))
            .orElseGet(() -> KeptColumns.all(capture, needs));
  }

  /** Tokens of each sequence that a capture holds; 0 if nothing tells. */
  public static int tokens(Capture capture) {
    return KeptRows.tokens(capture);
  }

  /**
   * Packs stages with what they are computed from.
   *
   * @throws BadInputException if the name of a system cannot stand before that of a stage
   */
  public static PackedCase pack(Capture capture, Selection selection, Sample sample) {
    return new CasePacker(capture, selection, sample).pack();
  }

  private PackedCase pack() {
    Map<String, Integer> systems = new LinkedHashMap<>();
    for (CapturedSystem system : capture.systems()) {
      checkName(system.name());
      List<String> own = needs.stages(system.name()).stream().filter(system::computed).toList();
      own.forEach(stage -> stage(system.name() + "." + stage, stage, system.get(stage)));
      systems.put(system.name(), own.size());
    }
    needs.stages().forEach(this::input);
    prompt();
    needs.weighted().forEach(this::weight);
    Map<String, Kept> kept = new LinkedHashMap<>();
    capture.plan().inOrder(columns.stages()).stream()
        .filter(needs.stages()::contains)
        .forEach(stage -> kept.put(stage, columns(stage)));
    return new PackedCase(
        parts, metadata(), systems, rows.kept(), kept, rows.unsampled(), noWeight, noKeys());
  }

  /** Attention sees the tokens before its own, which a sample leaves out. */
  private List<String> noKeys() {
    return needs.attention().stream().filter(_ -> rows.isSample()).toList();
  }

  private static void checkName(String system) {
    boolean fits =
        StageNames.ofSystem(system + ".q_proj")
            .filter(of -> of.system().equals(system))
            .isPresent();
    if (!fits) {
      throw new BadInputException(
          "system " + Text.quote(system),
          "has a name that means something else before the name of a stage",
          "Give it another one: NAME=FILE.");
    }
  }

  private Kept columns(String stage) {
    return new Kept(columns.of(stage).orElseThrow().length, columns.width(stage));
  }

  private void stage(String name, String stage, Tensor tensor) {
    parts.add(Part.of(name, () -> columns.cut(stage, rows.cut(name, stage, tensor))));
  }

  /** What no system computed; each its own, if they differ. */
  private void input(String stage) {
    Map<String, Tensor> held = new LinkedHashMap<>();
    for (CapturedSystem system : capture.systems()) {
      if (!system.computed(stage)) {
        system.find(stage).ifPresent(tensor -> held.put(system.name(), tensor));
      }
    }
    apart(stage, held).forEach((name, tensor) -> stage(name, stage, tensor));
  }

  /** Under {@code in.} if all systems that do not compute it have the same. */
  private Map<String, Tensor> apart(String input, Map<String, Tensor> held) {
    Set<String> without = new LinkedHashSet<>();
    capture.systems().stream()
        .filter(system -> !system.computed(input))
        .forEach(system -> without.add(system.name()));
    Map<String, Tensor> named = new LinkedHashMap<>();
    Optional<Tensor> first = held.values().stream().findFirst();
    boolean shared =
        held.keySet().equals(without)
            && held.values().stream().allMatch(tensor -> tensor.isSame(first.orElseThrow()));
    held.forEach(
        (system, tensor) -> named.put(shared ? "in." + input : system + ".in." + input, tensor));
    return named;
  }

  private void prompt() {
    for (String name : capture.extras()) {
      Tensor tensor = capture.extra(name).orElseThrow();
      if (name.startsWith("s.")) {
        scale(name, tensor);
      } else if (isNeeded(name)) {
        Map<String, Tensor> own = capture.brought(name);
        boolean differ = own.values().stream().anyMatch(one -> !one.isSame(tensor));
        (differ ? apart(name, own) : Map.of("in." + name, tensor))
            .forEach((as, one) -> parts.add(Part.of(as, () -> rows.cutExtra(as, name, one))));
      }
    }
    rows.rows().ifPresent(tensor -> parts.add(Part.of("in.rows", () -> tensor)));
    needs.stages().forEach(this::places);
  }

  private boolean isNeeded(String extra) {
    if (extra.equals("rows") || extra.startsWith(Columns.NAME)) {
      return false;
    }
    boolean past = extra.startsWith("past.");
    if (!past && !extra.startsWith("deepstack.")) {
      return true;
    }
    return needs.given().contains(extra) && !(past && rows.isSample());
  }

  /** Which columns the tensors of a stage hold, if these are not all. */
  private void places(String stage) {
    Optional<int[]> before = capture.columns(stage);
    Optional<int[]> now =
        columns
            .of(stage)
            .map(at -> before.map(old -> Arrays.stream(at).map(i -> old[i]).toArray()).orElse(at))
            .or(() -> before);
    now.ifPresent(
        at -> {
          long[] numbers = Arrays.stream(at).asLongStream().toArray();
          Tensor tensor = Tensor.ofLongs(Shape.of(numbers.length), numbers);
          parts.add(Part.of("in." + Columns.NAME + stage, () -> tensor));
        });
  }

  private void weight(String name) {
    String stage = Stage.biased(name).orElse(name);
    boolean bias = !stage.equals(name);
    CapturedSystem any = capture.systems().getFirst();
    Optional<Shape> shape = any.weights().apply(name).map(Tensor::shape);
    if (shape.isEmpty()) {
      if (capture.systems().stream().anyMatch(system -> system.computed(stage))) {
        noWeight.add(name);
      }
      return;
    }
    // Read when it is written: all weights of a model at once may be too many.
    Supplier<Tensor> whole = () -> any.weights().apply(name).orElseThrow();
    Optional<int[]> lines = columns.of(stage).filter(_ -> bias || shape.get().rank() == 2);
    parts.add(
        Part.of(
            "w." + name,
            lines.map(at -> (Supplier<Tensor>) () -> Picked.of(whole.get(), 0, at)).orElse(whole)));
  }

  /** Factors of the operands' rows that are kept. */
  private void scale(String name, Tensor factors) {
    String stage = name.substring(2, name.length() - 2);
    if (needs.computes(stage)) {
      Optional<Tensor> cut =
          name.endsWith(".x") ? ofRows(stage, factors) : ofColumns(stage, factors);
      parts.add(Part.of(name, () -> cut.orElse(factors)));
    }
  }

  private Optional<Tensor> ofRows(String stage, Tensor factors) {
    String input = capture.plan().find(stage).map(Stage::inputs).orElseThrow().getFirst().name();
    Optional<Shape> x =
        capture.systems().stream()
            .flatMap(s -> s.find(input).stream())
            .map(Tensor::shape)
            .findFirst();
    return x.flatMap(
        shape ->
            rows.lines(shape.asRows().dim(0))
                .map(lines -> OperandScale.of(factors, shape).select(lines).whole()));
  }

  private Optional<Tensor> ofColumns(String stage, Tensor factors) {
    Optional<Shape> w = capture.systems().getFirst().weights().apply(stage).map(Tensor::shape);
    return w.flatMap(
        shape ->
            columns
                .of(stage)
                .map(at -> Arrays.stream(at).boxed().toList())
                .map(lines -> OperandScale.of(factors, shape).select(lines).whole()));
  }

  /** What all files say alike stands as it is, else behind the name of the system. */
  private Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    List<CapturedSystem> systems = capture.systems();
    for (CapturedSystem system : systems) {
      system
          .provenance()
          .forEach(
              (key, value) -> {
                boolean alike =
                    systems.stream().allMatch(one -> value.equals(one.provenance().get(key)));
                if (!ModelFacts.isKey(key)) {
                  metadata.put(alike ? key : system.name() + "." + key, value);
                }
              });
    }
    for (CapturedSystem system : systems) {
      if (system.device() != Device.UNKNOWN) {
        metadata.putIfAbsent(system.name() + ".device", system.device().word());
      }
    }
    metadata.putAll(capture.facts().metadata());
    return metadata;
  }
}
