package org.bitref.model;

import static org.bitref.recipe.PointRecipe.Kind.ADD;
import static org.bitref.recipe.PointRecipe.Kind.CAST;
import static org.bitref.recipe.PointRecipe.Kind.MUL;
import static org.bitref.recipe.PointRecipe.Kind.SILU;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionKernel;
import org.bitref.kernel.attention.TiledAttentionKernel;
import org.bitref.kernel.attention.TiledAttentionKernel.Mask;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.kernel.row.RopeKernel;
import org.bitref.kernel.row.RopeTable;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Computes one stage at a time: the switch over {@link Op}. */
final class StageRunner {
  private final Qwen3VlConfig config;
  private final PrefillInputs prompt;
  private final Weights weights;
  private final ModelRecipe recipe;
  private final CacheOptions cache;
  private final Workers workers;

  StageRunner(
      Qwen3VlConfig config,
      PrefillInputs prompt,
      Weights weights,
      ModelRecipe recipe,
      CacheOptions cache,
      Workers workers) {
    this.config = config;
    this.prompt = prompt;
    this.weights = weights;
    this.recipe = recipe;
    this.cache = cache;
    this.workers = workers;
  }

  /** The stage's result from its inputs, which have the shapes of the plan. */
  Tensor run(Stage stage, Tensor... in) {
    return switch (stage.op()) {
      case Op.Embed() -> embed(point(stage, CAST));
      case Op.RopeTable(boolean sine) ->
          new RopeTable(
                  ropeTable(stage), config.ropeTheta(), config.headDim(), config.mropeSection())
              .run(prompt.positions(), sine, stage.shape());
      case Op.Deepstack(int feature) -> deepstack(point(stage, ADD), feature, in[0]);
      case Op.Norm(String weight) ->
          new NormKernel(norm(stage), config.rmsNormEps())
              .run(normed(norm(stage), in), weights.weight(weight), stage.shape(), workers);
      case Op.Linear(String weight) ->
          Kernels.gemm(gemm(stage))
              .multiply(in[0], weights.weight(weight), GemmOperands.NONE, workers);
      case Op.Rope() -> new RopeKernel(rope(stage)).run(in[0], in[1], in[2], workers);
      case Op.Cache(int layer, String which) ->
          append(point(stage, CAST), stage.shape(), layer, which.equals("k"), in[0]);
      case Op.Attention() -> attention(attention(stage), in[0], in[1], in[2]);
      case Op.Add() -> new PointKernel(point(stage, ADD)).run(in[0], in[1], workers);
      case Op.Activation() -> new PointKernel(point(stage, SILU)).run(in[0], workers);
      case Op.Multiply() -> new PointKernel(point(stage, MUL)).run(in[0], in[1], workers);
    };
  }

  /**
   * Finds the recipe of a stage that may never run.
   *
   * @throws BadInputException if there is none or it is not for this stage
   */
  void checkRecipe(Stage stage) {
    StageRecipe found =
        switch (stage.op()) {
          case Op.Embed _, Op.Cache _ -> point(stage, CAST);
          case Op.Deepstack _, Op.Add _ -> point(stage, ADD);
          case Op.Activation _ -> point(stage, SILU);
          case Op.Multiply _ -> point(stage, MUL);
          case Op.RopeTable _ -> ropeTable(stage);
          case Op.Norm _ -> norm(stage);
          case Op.Linear _ -> gemm(stage);
          case Op.Rope _ -> rope(stage);
          case Op.Attention _ -> attention(stage);
        };
    Objects.requireNonNull(found);
  }

  private RopeTableRecipe ropeTable(Stage stage) {
    return recipe(stage, RopeTableRecipe.class, "ropetable(...)");
  }

  private NormRecipe norm(Stage stage) {
    return recipe(stage, NormRecipe.class, "norm(...)");
  }

  private GemmRecipe gemm(Stage stage) {
    return recipe(stage, GemmRecipe.class, "a GEMM recipe");
  }

  private RopeRecipe rope(Stage stage) {
    return recipe(stage, RopeRecipe.class, "rope(...)");
  }

  private StageRecipe attention(Stage stage) {
    String wanted = "attention(...) or tiled(...)";
    StageRecipe found = recipe(stage, StageRecipe.class, wanted);
    if (!(found instanceof AttentionRecipe) && !(found instanceof TiledAttentionRecipe)) {
      throw notFor(stage, found, wanted);
    }
    return found;
  }

  private PointRecipe point(Stage stage, PointRecipe.Kind kind) {
    String wanted = kind.name().toLowerCase(Locale.ROOT) + "(...)";
    PointRecipe found = recipe(stage, PointRecipe.class, wanted);
    if (found.kind() != kind) {
      throw notFor(stage, found, wanted);
    }
    return found;
  }

  private <R extends StageRecipe> R recipe(Stage stage, Class<R> kind, String wanted) {
    StageRecipe found;
    try {
      found = recipe.of(stage.id().name());
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          "recipe " + recipe.name(),
          "no rule for stage " + stage.id(),
          "Add a line \"regex = recipe\" whose regex matches it.",
          e);
    }
    if (!kind.isInstance(found)) {
      throw notFor(stage, found, wanted);
    }
    return kind.cast(found);
  }

  private BadInputException notFor(Stage stage, StageRecipe found, String wanted) {
    return new BadInputException(
        "recipe " + recipe.name(),
        "stage " + stage.id() + " got \"" + found.text() + "\", which is not for this stage",
        "Give it " + wanted + ", as in `bitref recipes show hf-bf16-eager`.");
  }

  /** The embeddings, or rows of the table; visual rows replaced by the visual embeddings. */
  private Tensor embed(PointRecipe cast) {
    int width = config.hiddenSize();
    DType dtype = DType.of(cast.output());
    TensorBuilder out = new TensorBuilder(dtype, Shape.of(prompt.batch(), prompt.tokens(), width));
    Optional<Tensor> visuals = prompt.visualEmbeds().map(t -> t.cast(dtype));
    Optional<Tensor> embeds = prompt.embeds().map(t -> t.cast(dtype));
    Tensor table = embeds.isPresent() ? null : weights.weight("embed_tokens.weight");
    int visual = 0;
    for (int row = 0; row < prompt.visualMask().length; row++) {
      long at = (long) row * width;
      if (prompt.visualMask()[row] && visuals.isPresent()) {
        out.copy(at, visuals.get(), (long) visual++ * width, width);
      } else if (embeds.isPresent()) {
        out.copy(at, embeds.get(), at, width);
      } else {
        long id = prompt.ids().orElseThrow().getLong(row);
        out.copy(at, table.slice(id * width, Shape.of(width)).cast(dtype), 0, width);
      }
    }
    return out.build();
  }

  /** What a norm reads: its input, or the sum of two terms in the format that it computes in. */
  private Tensor normed(NormRecipe norm, Tensor... in) {
    if (in.length == 1) {
      return in[0];
    }
    PointRecipe sum =
        new PointRecipe(ADD, norm.calc(), Exponential.CR, PointRecipe.Form.DIV, norm.calc());
    return new PointKernel(sum).run(in[0], in[1], workers);
  }

  private Tensor deepstack(PointRecipe add, int feature, Tensor hidden) {
    if (feature < 0) {
      return hidden;
    }
    DType dtype = DType.of(add.output());
    int width = config.hiddenSize();
    Tensor state = hidden.cast(dtype);
    Tensor features = prompt.deepstack().get(feature).cast(dtype);
    PointKernel kernel = new PointKernel(add);
    TensorBuilder out = new TensorBuilder(dtype, hidden.shape());
    int visual = 0;
    try (Workers alone = new Workers(1)) {
      for (int row = 0; row < prompt.visualMask().length; row++) {
        long at = (long) row * width;
        Tensor line = state.slice(at, Shape.of(width));
        if (prompt.visualMask()[row]) {
          Tensor added = features.slice((long) visual++ * width, Shape.of(width));
          line = kernel.run(line, added, alone);
        }
        out.copy(at, line, 0, width);
      }
    }
    return out.build();
  }

  /** Past and new keys (or values), head by head. New values come as [B, S, kv heads * D]. */
  private Tensor append(PointRecipe cast, Shape shape, int layer, boolean keys, Tensor fresh) {
    DType dtype = DType.of(cache.readBack().orElse(cast.output()));
    Tensor added = fresh.cast(DType.of(cast.output())).cast(dtype);
    int d = config.headDim();
    int heads = config.kvHeads();
    int past = prompt.pastLength();
    int tokens = prompt.tokens();
    Optional<Tensor> old =
        prompt.past().isEmpty()
            ? Optional.empty()
            : Optional.of(
                (keys ? prompt.past().get(layer).k() : prompt.past().get(layer).v()).cast(dtype));
    TensorBuilder out = new TensorBuilder(dtype, shape);
    for (int head = 0; head < prompt.batch() * heads; head++) {
      long at = (long) head * (past + tokens) * d;
      if (old.isPresent()) {
        out.copy(at, old.get(), (long) head * past * d, (long) past * d);
      }
      for (int t = 0; t < tokens; t++) {
        long from =
            keys
                ? (long) head * tokens + t
                : ((long) (head / heads) * tokens + t) * heads + head % heads;
        out.copy(at + (long) (past + t) * d, added, from * d, d);
      }
    }
    return out.build();
  }

  private Tensor attention(StageRecipe attention, Tensor q, Tensor k, Tensor v) {
    int chunk = cache.chunk().orElse(prompt.tokens());
    Optional<boolean[]> padding = prompt.attentionMask();
    return attention instanceof TiledAttentionRecipe tiled
        ? new TiledAttentionKernel(tiled)
            .run(q, readBack(k), readBack(v), new Mask(true, padding), chunk, workers)
        : new AttentionKernel((AttentionRecipe) attention)
            .run(q, readBack(k), readBack(v), padding, chunk, workers);
  }

  /** What attention reads: a cache of this run is rounded already, a captured one is not. */
  private Tensor readBack(Tensor cached) {
    return cache.readBack().map(format -> cached.cast(DType.of(format))).orElse(cached);
  }
}
