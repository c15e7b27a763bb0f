package org.bitref.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.StageNames;
import org.bitref.operation.Attention;
import org.bitref.operation.CacheAppend;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.operation.Rotation;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Binds a captured stage to the inputs that the same system had, whole or in part. */
final class StageBinder {
  private final Capture capture;
  private final Workers workers;
  private final Map<String, Columns.Choice> columns = new HashMap<>();

  StageBinder(Capture capture, Workers workers) {
    this.capture = capture;
    this.workers = workers;
  }

  /** Ends the binding of one stage. */
  private static final class NotRecomputable extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Gap gap;

    NotRecomputable(Gap gap) {
      this.gap = gap;
    }
  }

  private static void need(boolean met, Gap gap) {
    if (!met) {
      throw new NotRecomputable(gap);
    }
  }

  /** The stage of a system that computed it. */
  CapturedStage bind(CapturedSystem system, String stage) {
    Stage planned = capture.plan().find(stage).orElseThrow();
    List<String> inputs =
        planned.inputs().stream()
            .map(StageId::name)
            .filter(input -> !StageNames.isTable(input))
            .toList();
    try {
      return new CapturedStage.Ready(system.name(), stage, bind(system, planned, inputs), inputs);
    } catch (NotRecomputable e) {
      return new CapturedStage.Lacking(system.name(), stage, system.get(stage).dtype(), e.gap);
    }
  }

  private Captured<?> bind(CapturedSystem system, Stage planned, List<String> inputs) {
    String stage = planned.id().name();
    Tensor y = system.get(stage);
    return switch (planned.kind()) {
      case EMBED -> throw new NotRecomputable(Gap.Other.GIVEN);
      case COSINES, SINES -> throw new NotRecomputable(Gap.Other.TABLE);
      case ADD_ROWS -> addRows(input(system, inputs.getFirst()), planned.given(), y);
      case NORM -> norm(system, planned, input(system, inputs.getFirst()), y);
      case PRODUCT -> product(system, planned, input(system, inputs.getFirst()), y);
      case ROTATE -> rotation(system, planned, y);
      case APPEND -> cache(input(system, inputs.getFirst()), y);
      case ATTEND -> attention(system, planned, inputs, y);
      case ADD, MUL, SILU, GELU, CAST ->
          pointwise(
              stage,
              planned.kind().point().orElseThrow(),
              inputs,
              inputs.stream().map(name -> input(system, name)).toList(),
              y);
    };
  }

  /** The angles of a captured table; empty without positions for it, or if they give no such. */
  Optional<RotaryFunction.Found> table(CapturedStage.Lacking stage) {
    CapturedSystem system = capture.system(stage.system());
    Tensor table = system.get(stage.stage());
    boolean sine = stage.stage().endsWith(".sin");
    String tables = stage.stage().substring(0, stage.stage().lastIndexOf('.'));
    Optional<Tensor> other = system.find(tables + (sine ? ".cos" : ".sin"));
    return capture.rotary(stage.stage(), table).flatMap(angles -> angles.of(table, sine, other));
  }

  private static Tensor input(CapturedSystem system, String name) {
    return system.find(name).orElseThrow(() -> new NotRecomputable(new Gap.Input(name)));
  }

  private static Tensor weight(CapturedSystem system, String stage) {
    return system.weights().apply(stage).orElseThrow(() -> new NotRecomputable(Gap.Other.WEIGHT));
  }

  private Captured<?> norm(CapturedSystem system, Stage planned, Tensor x, Tensor y) {
    need(x.elements() == y.elements(), new Gap.Values(x.elements(), y.elements()));
    Tensor stored = weight(system, planned.id().name());
    boolean fromOne = planned.weight().orElseThrow().fromOne();
    Tensor weight = fromOne ? Norm.plusOne(stored) : stored;
    need(y.elements() % weight.elements() == 0, new Gap.Width(weight.elements(), y.shape()));
    Tensor held = bits(weight) < bits(y) ? weight.cast(y.dtype()) : weight;
    return new Captured<>(
        new Norm(x, Optional.empty(), held, capture.eps(), y.shape(), fromOne), y);
  }

  private static int bits(Tensor tensor) {
    return tensor.dtype().format().orElseThrow().precision();
  }

  private Captured<?> product(CapturedSystem system, Stage planned, Tensor x, Tensor y) {
    String stage = planned.id().name();
    Tensor w = weight(system, stage);
    Optional<Tensor> bias = planned.bias().map(_ -> weight(system, Stage.bias(stage)));
    long k = w.shape().dim(1);
    long n = w.shape().dim(0);
    need(
        x.shape().dim(-1) == k && x.elements() / k * n == y.elements(),
        new Gap.Factor(x.shape(), w.shape(), y.shape()));
    long rows = x.elements() / k;
    Scales scales = new Scales(scale(stage + ".x", x), scale(stage + ".w", w));
    Tensor held = scales.isEmpty() ? w.cast(x.dtype()) : w;
    return new Captured<>(
        new Product(x.reshape(Shape.of(rows, k)), held, Optional.empty(), bias).withScales(scales),
        y.reshape(Shape.of(rows, n)));
  }

  private Optional<OperandScale> scale(String name, Tensor operand) {
    try {
      return capture.extra("s." + name).map(given -> OperandScale.of(given, operand.shape()));
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          "tensor \"s." + name + "\"",
          "is no scale of an operand " + operand.shape() + ": " + e.getMessage(),
          "Give one number, one for each row, or one for each block of K.",
          e);
    }
  }

  /**
   * [B, S, heads, D] and [B, heads, S, D], or heads alike in both where nothing tells the tokens.
   */
  private static Captured<?> rotation(CapturedSystem system, Stage planned, Tensor y) {
    Tensor given = input(system, planned.inputs().get(0).name());
    Tensor cos = input(system, planned.inputs().get(1).name());
    Tensor sin = input(system, planned.inputs().get(2).name());
    Tensor x = byHeads(given, y);
    need(x.elements() == y.elements(), Gap.Other.PART);
    long d = cos.shape().dim(-1);
    long tokens = cos.elements() / d;
    long heads = x.elements() / (tokens * d);
    need(tokens * heads * d == x.elements(), new Gap.Tokens(tokens, x.shape()));
    if (x.shape().rank() == 4 && y.shape().rank() == 4) {
      need(heads == x.shape().dim(2), new Gap.Tokens(tokens, x.shape()));
      return new Captured<>(new Rotation(x, cos, sin), y);
    }
    Shape table = Shape.of(tokens, 1, d);
    return new Captured<>(
        new Rotation(
            x.reshape(Shape.of(tokens, 1, heads, d)), cos.reshape(table), sin.reshape(table)),
        y.reshape(Shape.of(tokens, heads, 1, d)));
  }

  /** A product's result as heads of the length that the rotated ones have. */
  private static Tensor byHeads(Tensor x, Tensor y) {
    boolean rows = x.shape().rank() == 3 && y.shape().rank() == 4;
    boolean fits = rows && x.elements() == y.elements() && x.shape().dim(0) == y.shape().dim(0);
    return fits
        ? x.reshape(
            Shape.of(x.shape().dim(0), x.shape().dim(1), y.shape().dim(1), y.shape().dim(3)))
        : x;
  }

  private static Captured<?> cache(Tensor fresh, Tensor y) {
    need(fresh.elements() == y.elements(), Gap.Other.EARLIER_TOKENS);
    return passed(headsOuter(fresh, y.shape()), y);
  }

  private static Captured<?> passed(Tensor x, Tensor y) {
    return new Captured<>(new Pointwise(PointRecipe.Kind.CAST, x, Optional.empty()), y);
  }

  /** Keys or values of a layer as a cache of this shape has them. */
  private static Tensor headsOuter(Tensor x, Shape cache) {
    if (x.shape().rank() == 4) {
      return x;
    }
    Shape rows = Shape.of(cache.dim(0), cache.dim(2), cache.dim(1) * cache.dim(3));
    return CacheAppend.headsOuter(x.reshape(rows), cache.intDim(1));
  }

  private Captured<?> attention(
      CapturedSystem system, Stage planned, List<String> inputs, Tensor whole) {
    Tensor q = input(system, inputs.get(0));
    Tensor y = ofHeads(q, capture.columns(inputs.get(0)), whole);
    String layer = inputs.get(0).substring(0, inputs.get(0).lastIndexOf('.') + 1);
    Tensor k = system.find(inputs.get(1)).orElseGet(() -> input(system, layer + "k_rope"));
    Optional<Tensor> cached = system.find(inputs.get(2));
    Tensor v = cached.orElseGet(() -> input(system, layer + "v_proj"));
    need(
        q.shape().rank() == 4 && k.shape().rank() == 4 && q.elements() == y.elements(),
        Gap.Other.QUERIES_OR_KEYS);
    need(!capture.isSample(k.shape().dim(2)), Gap.Other.QUERIES_OR_KEYS);
    Tensor values = cached.isPresent() ? v : headsOuter(v, k.shape());
    AttentionFunction function =
        capture.facts().attention(planned.id().layer(), q.shape().intDim(3));
    return new Captured<>(
        new Attention(q, k, values, function, visible(k.shape()), q.shape().intDim(2)), y);
  }

  /** The outputs of those heads that q holds, where the capture says which these are. */
  private static Tensor ofHeads(Tensor q, Optional<int[]> columns, Tensor y) {
    int width = y.shape().intDim(-1);
    return columns
        .filter(
            at -> q.elements() < y.elements() && q.elements() * width == y.elements() * at.length)
        .filter(at -> Arrays.stream(at).allMatch(place -> place < width))
        .map(at -> Picked.of(y, y.shape().rank() - 1, at))
        .orElse(y);
  }

  /** The keys that are no padding; empty if none is. */
  private Optional<boolean[]> visible(Shape keys) {
    return capture.extra("attention_mask").flatMap(mask -> visible(mask, keys));
  }

  private static Optional<boolean[]> visible(Tensor mask, Shape keys) {
    need(mask.elements() == keys.dim(0) * keys.dim(2), new Gap.Mask(mask.shape()));
    boolean[] visible = new boolean[Math.toIntExact(mask.elements())];
    boolean padded = false;
    for (int i = 0; i < visible.length; i++) {
      visible[i] = mask.get(i) != 0;
      padded |= !visible[i];
    }
    return padded ? Optional.of(visible) : Optional.empty();
  }

  /** A feature is added to the rows of visual tokens; without one the state passes. */
  private Captured<?> addRows(Tensor x, Optional<String> given, Tensor y) {
    need(x.elements() == y.elements(), Gap.Other.PART);
    Optional<Tensor> features = given.flatMap(capture::extra);
    if (features.isEmpty()) {
      return passed(x, y);
    }
    Tensor mask =
        capture.extra("visual_mask").orElseThrow(() -> new NotRecomputable(Gap.Other.VISUAL_MASK));
    int width = Math.toIntExact(y.elements() / mask.elements());
    Tensor held = features.get().cast(x.dtype());
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
      String stage, PointRecipe.Kind kind, List<String> inputs, List<Tensor> operands, Tensor y) {
    if (operands.stream().allMatch(tensor -> tensor.elements() == y.elements())) {
      return Columns.pointwise(kind, operands, y);
    }
    Optional<Captured<?>> said = said(stage, kind, inputs, operands, y);
    if (said.isPresent()) {
      return said.get();
    }
    Columns.Fitted fitted =
        Columns.fit(kind, operands, y, Optional.ofNullable(columns.get(stage)), workers)
            .orElseThrow(() -> new NotRecomputable(new Gap.Columns(shapes(operands, y))));
    columns.put(stage, fitted.choice());
    return fitted.stage();
  }

  /** Over the columns that the capture says its tensors hold; empty if it says nothing. */
  private Optional<Captured<?>> said(
      String stage, PointRecipe.Kind kind, List<String> inputs, List<Tensor> operands, Tensor y) {
    List<Optional<int[]>> places = new ArrayList<>();
    inputs.forEach(input -> places.add(capture.columns(input)));
    places.add(capture.columns(stage));
    List<Tensor> tensors = new ArrayList<>(operands);
    tensors.add(y);
    return places.stream().allMatch(Optional::isEmpty)
        ? Optional.empty()
        : Columns.known(kind, tensors, places);
  }

  private static List<Shape> shapes(List<Tensor> operands, Tensor y) {
    List<Shape> shapes = new ArrayList<>();
    operands.forEach(operand -> shapes.add(operand.shape()));
    shapes.add(y.shape());
    return shapes;
  }
}
