package org.bitref.model;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.operation.Attention;
import org.bitref.operation.CacheAppend;
import org.bitref.operation.Embedding;
import org.bitref.operation.Embedding.Rows;
import org.bitref.operation.Norm;
import org.bitref.operation.Operation;
import org.bitref.operation.OperationKind;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.operation.RotaryTable;
import org.bitref.operation.Rotation;
import org.bitref.operation.RowAddition;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Binds a stage to its operands and its recipe, and runs it. */
final class Binder {
  private final PrefillInputs prompt;
  private final Weights weights;
  private final CacheOptions cache;
  private final Workers workers;
  private final Map<StageId, StageRecipe> recipes = new HashMap<>();

  /**
   * @throws BadInputException if the recipe lacks a stage of the plan or gives one the wrong kind
   */
  Binder(
      Plan plan,
      PrefillInputs prompt,
      Weights weights,
      ModelRecipe recipe,
      CacheOptions cache,
      Workers workers) {
    this.prompt = prompt;
    this.weights = weights;
    this.cache = cache;
    this.workers = workers;
    plan.stages().forEach(stage -> recipes.put(stage.id(), recipe(stage, recipe)));
  }

  private static StageRecipe recipe(Stage stage, ModelRecipe recipe) {
    StageRecipe found;
    try {
      found = stage.recipe(recipe);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          "recipe " + recipe.name(),
          "no rule for stage " + stage.id(),
          "Add a line \"regex = recipe\" whose regex matches it.",
          e);
    }
    if (!stage.kind().takes(found)) {
      throw new BadInputException(
          "recipe " + recipe.name(),
          "stage " + stage.id() + " got \"" + found.text() + "\", which is not for this stage",
          "Give it " + wanted(stage.kind()) + ", as in `bitref recipes show hf-bf16-eager`.");
    }
    return found;
  }

  private static String wanted(OperationKind kind) {
    return switch (kind) {
      case COSINES, SINES -> "ropetable(...)";
      case NORM -> "norm(...)";
      case PRODUCT -> "a GEMM recipe";
      case ROTATE -> "rope(...)";
      case ATTEND -> "attention(...) or tiled(...)";
      case EMBED, ADD_ROWS, APPEND, ADD, SILU, GELU, MUL, CAST ->
          kind.point().orElseThrow().name().toLowerCase(Locale.ROOT) + "(...)";
    };
  }

  /** The stage's result from its inputs, which have the shapes of the plan. */
  Tensor run(Stage stage, Tensor... in) {
    Operation operation = operation(stage, in);
    StageRecipe recipe = recipes.get(stage.id());
    return operation instanceof Product product
        ? new ChunkedProduct(product, prompt.extent(), cache.chunk()).run(recipe, workers)
        : operation.run(recipe, workers);
  }

  private Operation operation(Stage stage, Tensor... in) {
    ModelConfig config = prompt.config();
    Shape shape = prompt.shape(stage);
    Optional<Tensor> given = stage.given().flatMap(prompt::find);
    OperationKind kind = stage.kind();
    return switch (kind) {
      case EMBED ->
          new Embedding(
              rows(stage), scale(), prompt.visualMask(), prompt.find("visual_embeds"), shape);
      case COSINES, SINES ->
          new RotaryTable(
              kind == OperationKind.SINES,
              prompt.positions(),
              config.family().frequencies(stage.id().name(), config.rope()),
              shape,
              prompt.find(kind == OperationKind.SINES ? "sin" : "cos"));
      case ADD_ROWS -> new RowAddition(in[0], prompt.visualMask(), given);
      case NORM ->
          new Norm(
              in[0], second(in), normWeight(stage), config.rmsNormEps(), shape, fromOne(stage));
      case PRODUCT -> new Product(in[0], weight(stage), Optional.empty(), bias(stage));
      case ROTATE -> new Rotation(byHeads(in[0], shape), in[1], in[2]);
      case APPEND -> new CacheAppend(in[0], given, cache.readBack(), shape);
      case ATTEND ->
          new Attention(
              in[0],
              readBack(in[1]),
              readBack(in[2]),
              config.family().attention(stage.id().layer(), config.headDim()),
              prompt.attentionMask(),
              cache.chunk().orElse(prompt.extent().tokens()));
      case ADD, SILU, GELU, MUL, CAST ->
          new Pointwise(kind.point().orElseThrow(), in[0], second(in));
    };
  }

  private static Optional<Tensor> second(Tensor... in) {
    return in.length > 1 ? Optional.of(in[1]) : Optional.empty();
  }

  private double scale() {
    return prompt.config().family().embeddingScale(prompt.config().hiddenSize());
  }

  private Rows rows(Stage stage) {
    return prompt
        .find("inputs_embeds")
        .<Rows>map(Rows.Given::new)
        .orElseGet(() -> new Rows.LookedUp(weight(stage), prompt.find("input_ids").orElseThrow()));
  }

  private Tensor weight(Stage stage) {
    return weights.weight(stage.weight().orElseThrow().name());
  }

  private Tensor normWeight(Stage stage) {
    return fromOne(stage) ? Norm.plusOne(weight(stage)) : weight(stage);
  }

  private static boolean fromOne(Stage stage) {
    return stage.weight().orElseThrow().fromOne();
  }

  private Optional<Tensor> bias(Stage stage) {
    return stage.bias().map(bias -> weights.weight(bias.name()));
  }

  /** [B, S, heads, D] for a result of [B, heads, S, D]. */
  private static Tensor byHeads(Tensor x, Shape rotated) {
    return x.reshape(Shape.of(rotated.dim(0), rotated.dim(2), rotated.dim(1), rotated.dim(3)));
  }

  /** What attention reads: a cache of this run is rounded already, a captured one is not. */
  private Tensor readBack(Tensor cached) {
    return cache.readBack().map(format -> cached.cast(DType.of(format))).orElse(cached);
  }
}
