package org.bitref.replay;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.tensor.Tensor;

/**
 * One stage about to be computed.
 *
 * @param stored how results are kept; unless exactly, sums are in float32
 * @param replaced inputs that are not those of the plan, by place
 */
record Step(
    Replay replay, Replay.Run run, Stage stage, Storage stored, Map<Integer, Rows> replaced) {
  Step(Replay replay, Replay.Run run, Stage stage, Storage stored) {
    this(replay, run, stage, stored, Map.of());
  }

  /** The same step with another input in one place. */
  Step with(int place, Rows other) {
    return new Step(replay, run, stage, stored, Map.of(place, other));
  }

  String last() {
    return StageNames.last(stage.id().name());
  }

  boolean isExact() {
    return stored.isExact();
  }

  Rows in(int i) {
    Rows other = replaced.get(i);
    return other == null ? replay.value(stage.inputs().get(i).name(), run) : other;
  }

  /** Another stage of the same layer. */
  Rows of(String last) {
    return replay.value("layers." + stage.id().layer() + "." + last, run);
  }

  Matrix weight() {
    return weightOf(stage.id().name());
  }

  Matrix weightOf(String name) {
    return replay
        .recording()
        .weight(name)
        .map(Matrix::of)
        .orElseThrow(() -> new NotReplayable("the weight of " + name));
  }

  Optional<Tensor> given(String name) {
    return replay.recording().given(name);
  }

  Recording.Settings settings() {
    return replay.recording().settings();
  }

  /** Tokens of each sequence. */
  int sequence() {
    return replay.layout().sequence();
  }

  /** Elements of a head. */
  int headDim() {
    return replay.headDim(stage);
  }

  /** What the model computes here. */
  Rows normal() {
    return switch (stage.kind()) {
      case EMBED -> Embeddings.MODEL.of(this);
      case COSINES, SINES -> throw new NotReplayable(stage.id().name());
      case ADD_ROWS -> Features.add(this, stage.given(), 1);
      case NORM -> norm(NormFunction.model(settings().eps()), weight().vector());
      case PRODUCT -> product(in(0), weight());
      case ROTATE -> Rotations.normal(this);
      case APPEND -> appended();
      case CAST -> in(0);
      case ATTEND -> attend(attention());
      case ADD -> in(0).plus(1, 1, in(1));
      case SILU -> in(0).map(x -> x / (1 + Math.exp(-x)));
      case GELU -> in(0).map(Step::gelu);
      case MUL -> in(0).times(in(1));
    };
  }

  private static double gelu(double x) {
    return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  /** Keys or values of a call that has no earlier one. */
  private Rows appended() {
    if (stage.given().flatMap(this::given).isPresent() || replay.isLonger(stage.id().name())) {
      throw new NotReplayable("the tokens of earlier calls");
    }
    return in(0);
  }

  Rows norm(NormFunction function, double[] weight) {
    return norm(in(0), function, weight);
  }

  /** A norm; rounded, its quotient is too, as it is stored before the weight comes. */
  Rows norm(Rows x, NormFunction function, double[] weight) {
    if (isExact()) {
      return function.of(x, weight);
    }
    double[] ones = new double[weight.length];
    Arrays.fill(ones, 1);
    Rows quotient = stored.round(function.of(x, ones), "quotient " + stage.id());
    double[] out = quotient.values().clone();
    for (int i = 0; i < out.length; i++) {
      out[i] *= weight[i % weight.length];
    }
    return new Rows(x.tokens(), x.width(), out);
  }

  /** A product, and the stage's bias if it has one. */
  Rows product(Rows x, Matrix w) {
    Rows sums =
        run.floats()
            ? Products.inFloats(x, w, replay.workers())
            : Products.of(x, w, !isExact(), replay.workers());
    return stage.bias().isPresent() ? sums.plusRow(bias()) : sums;
  }

  private double[] bias() {
    String name = Stage.bias(stage.id().name());
    return replay
        .recording()
        .weight(name)
        .map(Tensor::toDoubles)
        .orElseThrow(() -> new NotReplayable("the bias of " + stage.id()));
  }

  /** What a norm or a product computes with another weight. */
  Rows withWeight(Matrix other) {
    return switch (stage.kind()) {
      case NORM -> norm(NormFunction.model(settings().eps()), other.vector());
      case PRODUCT -> product(in(0), other);
      default -> throw new NotReplayable("a weight");
    };
  }

  /** The model's attention. */
  AttentionShape attention() {
    int d = headDim();
    int groups = Math.max(1, in(0).width() / in(1).width());
    Optional<Tensor> mask = given("attention_mask");
    AttentionFunction function = settings().family().attention(stage.id().layer(), d);
    AttentionShape.Sees sees =
        (first, query, key) ->
            !function.hides(query, key) && mask.map(m -> m.get(first + key) != 0).orElse(true);
    if (mask.isPresent() && mask.get().elements() != replay.layout().all()) {
      throw new NotReplayable("attention_mask");
    }
    return AttentionShape.model(function.scale(), sees, head -> head / groups);
  }

  Rows attend(AttentionShape shape) {
    return attend(shape, in(0), in(1), in(2));
  }

  Rows attend(AttentionShape shape, Rows q, Rows k, Rows v) {
    if (replay.recording().isSample(sequence())) {
      throw new NotReplayable("the other tokens of the prompt");
    }
    if (k.width() != v.width() || q.width() % k.width() != 0) {
      throw new NotReplayable("keys and values of one width");
    }
    return shape.of(q, k, v, headDim(), sequence(), stored, replay.workers());
  }
}
