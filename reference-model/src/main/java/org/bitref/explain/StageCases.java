package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.StageNames;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.operation.Rotation;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Puts a system's stage together with the inputs that the same system had. */
final class StageCases {
  private final Capture capture;
  private final Workers workers;
  private final Map<String, Columns.Choice> columns = new HashMap<>();

  StageCases(Capture capture, Workers workers) {
    this.capture = capture;
    this.workers = workers;
  }

  /** A stage that can be computed again, or why not. */
  sealed interface Prepared {
    /**
     * Can.
     *
     * @param inputs names of the stages behind {@code stage.inputs()}
     */
    record Ready(Captured<?> stage, List<String> inputs) implements Prepared {}

    /** Cannot. */
    record Bridged(String reason) implements Prepared {}
  }

  /** A reason, thrown to end the preparation of one stage. */
  private static final class NotRecomputable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotRecomputable(String reason) {
      super(reason);
    }
  }

  /** The stage of a system that computed it. */
  Prepared prepare(CapturedSystem system, String stage) {
    Stage planned = capture.plan().find(stage).orElseThrow();
    List<String> inputs =
        planned.inputs().stream()
            .map(StageId::name)
            .filter(input -> !input.startsWith("rope."))
            .toList();
    try {
      return new Prepared.Ready(prepare(system, planned, inputs), inputs);
    } catch (NotRecomputable e) {
      return new Prepared.Bridged(e.getMessage());
    }
  }

  private Captured<?> prepare(CapturedSystem system, Stage planned, List<String> inputs) {
    String stage = planned.id().name();
    Tensor y = system.find(stage).orElseThrow();
    return switch (planned.kind()) {
      case EMBED -> throw new NotRecomputable("an input of the capture");
      case COSINES, SINES -> throw new NotRecomputable("a table made from position_ids");
      case ADD_ROWS -> addRows(system, inputs.getFirst(), planned.given(), y);
      case NORM -> norm(system, stage, input(system, inputs.getFirst()), y);
      case PRODUCT -> product(system, stage, input(system, inputs.getFirst()), y);
      case ROTATE -> rotation(system, input(system, inputs.getFirst()), y);
      case APPEND -> cache(input(system, inputs.getFirst()), y);
      case ATTEND -> attention(system, inputs, y);
      case ADD, MUL, SILU, CAST ->
          pointwise(stage, planned.kind().point().orElseThrow(), operands(system, inputs), y);
    };
  }

  private static Tensor input(CapturedSystem system, String name) {
    return system
        .find(name)
        .orElseThrow(
            () -> new NotRecomputable("its input " + StageNames.last(name) + " was not captured"));
  }

  private static List<Tensor> operands(CapturedSystem system, List<String> inputs) {
    return inputs.stream().map(name -> input(system, name)).toList();
  }

  private static Tensor weight(CapturedSystem system, String stage) {
    return system
        .weights()
        .apply(stage)
        .orElseThrow(
            () -> new NotRecomputable("its weight is not in the capture; give --model DIR"));
  }

  private Captured<?> norm(CapturedSystem system, String stage, Tensor x, Tensor y) {
    if (x.elements() != y.elements()) {
      throw new NotRecomputable(
          "its input was captured in part: %d of %d values".formatted(x.elements(), y.elements()));
    }
    Tensor weight = weight(system, stage);
    if (y.elements() % weight.elements() != 0) {
      throw new NotRecomputable("rows of " + weight.elements() + " do not make " + y.shape());
    }
    Tensor held = bits(weight) < bits(y) ? weight.cast(y.dtype()) : weight;
    return Norm.captured(x, held, capture.eps(), y);
  }

  private static int bits(Tensor tensor) {
    return tensor.dtype().format().orElseThrow().precision();
  }

  private static Captured<?> product(CapturedSystem system, String stage, Tensor x, Tensor y) {
    Tensor w = weight(system, stage);
    long k = w.shape().dim(1);
    long n = w.shape().dim(0);
    if (x.shape().dim(-1) != k || x.elements() / k * n != y.elements()) {
      throw new NotRecomputable(
          "%s times its weight %s is no %s: its input was captured in part"
              .formatted(x.shape(), w.shape(), y.shape()));
    }
    Shape rows = Shape.of(x.elements() / k, k);
    Tensor held = w.cast(x.dtype());
    return Product.captured(x.reshape(rows), held, y.reshape(Shape.of(rows.dim(0), n)));
  }

  /** Stored as [B, S, heads, D] and [B, heads, S, D], or both as [tokens, heads, D]. */
  private static Captured<?> rotation(CapturedSystem system, Tensor x, Tensor y) {
    Tensor cos = input(system, "rope.cos");
    Tensor sin = input(system, "rope.sin");
    if (x.elements() != y.elements()) {
      throw new NotRecomputable("its input was captured in part");
    }
    Shape shape = x.shape();
    if (shape.rank() == 4 && y.shape().rank() == 4) {
      return new Captured<>(new Rotation(x, cos, sin), y);
    }
    long d = cos.shape().dim(-1);
    long tokens = cos.elements() / d;
    long heads = x.elements() / (tokens * d);
    if (tokens * heads * d != x.elements()) {
      throw new NotRecomputable("the rotary table has " + tokens + " tokens, x is " + shape);
    }
    return new Captured<>(
        new Rotation(
            x.reshape(Shape.of(tokens, 1, heads, d)),
            cos.reshape(Shape.of(tokens, 1, d)),
            sin.reshape(Shape.of(tokens, 1, d))),
        y.reshape(Shape.of(tokens, heads, 1, d)));
  }

  private static Captured<?> cache(Tensor fresh, Tensor y) {
    if (fresh.elements() != y.elements()) {
      throw new NotRecomputable("it holds tokens of earlier calls");
    }
    Tensor x = fresh.shape().rank() == 4 ? fresh : headsOuter(fresh, y.shape());
    return new Captured<>(new Pointwise(PointRecipe.Kind.CAST, x, Optional.empty()), y);
  }

  /** [B, S, heads * D] as [B, heads, S, D]. */
  private static Tensor headsOuter(Tensor x, Shape shape) {
    long heads = shape.dim(1);
    long tokens = shape.dim(2);
    long d = shape.dim(3);
    TensorBuilder out = new TensorBuilder(x.dtype(), shape);
    for (long row = 0; row < shape.dim(0) * heads * tokens; row++) {
      long batch = row / (heads * tokens);
      long head = row / tokens % heads;
      long token = row % tokens;
      out.copy(row * d, x, ((batch * tokens + token) * heads + head) * d, d);
    }
    return out.build();
  }

  private Captured<?> attention(CapturedSystem system, List<String> inputs, Tensor y) {
    Tensor q = input(system, inputs.get(0));
    String layer = inputs.get(0).substring(0, inputs.get(0).lastIndexOf('.') + 1);
    Tensor k = system.find(inputs.get(1)).orElseGet(() -> input(system, layer + "k_rope"));
    boolean cached = system.find(inputs.get(2)).isPresent();
    Tensor v = cached ? input(system, inputs.get(2)) : input(system, layer + "v_proj");
    if (q.shape().rank() != 4 || k.shape().rank() != 4 || q.elements() != y.elements()) {
      throw new NotRecomputable("its queries or keys were captured in part");
    }
    Tensor values = cached ? v : headsOuter(v, k.shape());
    return new Captured<>(new Attention(q, k, values, visible(k.shape())), y);
  }

  /** The keys that are no padding. */
  private Optional<boolean[]> visible(Shape keys) {
    Tensor mask = capture.extra().get("attention_mask");
    if (mask == null) {
      return Optional.empty();
    }
    if (mask.elements() != keys.dim(0) * keys.dim(2)) {
      throw new NotRecomputable("attention_mask %s is not of its keys".formatted(mask.shape()));
    }
    boolean[] visible = new boolean[Math.toIntExact(mask.elements())];
    boolean padded = false;
    for (int i = 0; i < visible.length; i++) {
      visible[i] = mask.get(i) != 0;
      padded |= !visible[i];
    }
    return padded ? Optional.of(visible) : Optional.empty();
  }

  /** A feature is added to the rows of visual tokens; without one the state passes. */
  private Captured<?> addRows(
      CapturedSystem system, String input, Optional<String> given, Tensor y) {
    Tensor x = input(system, input);
    if (x.elements() != y.elements()) {
      throw new NotRecomputable("its input was captured in part");
    }
    Tensor added = given.map(capture.extra()::get).orElse(null);
    Tensor mask = capture.extra().get("visual_mask");
    if (added == null) {
      return new Captured<>(new Pointwise(PointRecipe.Kind.CAST, x, Optional.empty()), y);
    }
    if (mask == null) {
      throw new NotRecomputable("visual_mask was not captured");
    }
    int width = Math.toIntExact(y.elements() / mask.elements());
    Tensor held = added.cast(x.dtype());
    TensorBuilder whole = new TensorBuilder(x.dtype(), y.shape());
    long visual = 0;
    for (long row = 0; row < mask.elements(); row++) {
      if (mask.getLong(row) != 0) {
        whole.copy(row * width, held, visual++ * width, width);
      } else {
        // The other rows stay as they are, signs of zeros included: x + -0 is x.
        for (int i = 0; i < width; i++) {
          whole.set(row * width + i, -0.0);
        }
      }
    }
    return new Captured<>(new Pointwise(PointRecipe.Kind.ADD, x, Optional.of(whole.build())), y);
  }

  private Captured<?> pointwise(
      String stage, PointRecipe.Kind kind, List<Tensor> operands, Tensor y) {
    List<Tensor> all = new ArrayList<>(operands);
    all.add(y);
    if (all.stream().allMatch(tensor -> tensor.elements() == y.elements())) {
      return Columns.pointwise(kind, operands, y);
    }
    return Columns.fit(kind, operands, y, columns.get(stage), workers)
        .map(
            fitted -> {
              columns.put(stage, fitted.choice());
              return fitted.stage();
            })
        .orElseThrow(
            () ->
                new NotRecomputable(
                    "its tensors hold different columns, and which is not known: "
                        + all.stream().map(Tensor::shape).toList()));
  }
}
