package org.bitref.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.tensor.Shape;

/** The forward pass as a flat list of stages, in order of execution. */
public final class Qwen3VlPlan {
  private final Map<StageId, Stage> stages = new LinkedHashMap<>();
  private final Qwen3VlConfig config;
  private final int batch;
  private final int tokens;
  private final int past;
  private final int deepstack;

  private Qwen3VlPlan(Qwen3VlConfig config, int batch, int tokens, int past, int deepstack) {
    this.config = config;
    this.batch = batch;
    this.tokens = tokens;
    this.past = past;
    this.deepstack = deepstack;
  }

  /**
   * The text model from embeddings to logits (section 3 of the prefill specification).
   *
   * @param batch number of sequences
   * @param tokens new tokens of each
   * @param past tokens already in the cache
   * @param deepstack how many deepstack features there are; they follow layers 0, 1, …
   */
  public static Qwen3VlPlan of(
      Qwen3VlConfig config, int batch, int tokens, int past, int deepstack) {
    Qwen3VlPlan plan = new Qwen3VlPlan(config, batch, tokens, past, deepstack);
    Shape h = plan.rows(config.hiddenSize());
    StageId hidden = plan.add(StageId.of("inputs_embeds"), new Op.Embed(), h);
    plan.add(StageId.of("rope.cos"), new Op.RopeTable(false), plan.rows(config.headDim()));
    plan.add(StageId.of("rope.sin"), new Op.RopeTable(true), plan.rows(config.headDim()));
    for (int i = 0; i < config.layers(); i++) {
      hidden = plan.layer(i, hidden);
    }
    if (config.layers() <= deepstack) {
      // The feature of the last layer has no next layer's input_hidden to go to.
      hidden = plan.deepstack(config.layers(), hidden);
    }
    StageId norm = plan.add(StageId.of("final_norm"), new Op.Norm("norm.weight"), h, hidden);
    Shape vocab = plan.rows(config.vocabSize());
    plan.add(StageId.of("logits"), new Op.Linear("lm_head.weight"), vocab, norm);
    return plan;
  }

  private StageId layer(int i, StageId previous) {
    Shape h = rows(config.hiddenSize());
    int wide = config.intermediateSize();

    StageId input = deepstack(i, previous);
    StageId inputLn = norm(i, "input_ln", "input_layernorm", h, input);
    StageId attention = attention(i, inputLn);
    StageId o = linear(i, "o_proj", "self_attn", config.hiddenSize(), attention);
    StageId residual = add(StageId.layer(i, "post_attn_hidden"), new Op.Add(), h, input, o);

    StageId postLn = norm(i, "post_attn_ln", "post_attention_layernorm", h, residual);
    StageId gate = linear(i, "gate_proj", "mlp", wide, postLn);
    StageId up = linear(i, "up_proj", "mlp", wide, postLn);
    StageId act = add(StageId.layer(i, "mlp_act"), new Op.Activation(), rows(wide), gate);
    StageId mul = add(StageId.layer(i, "mlp_mul"), new Op.Multiply(), rows(wide), act, up);
    StageId down =
        add(
            StageId.layer(i, "mlp_down"),
            new Op.Linear("layers." + i + ".mlp.down_proj.weight"),
            h,
            mul);
    return add(StageId.layer(i, "hidden"), new Op.Add(), h, residual, down);
  }

  private StageId attention(int i, StageId inputLn) {
    int d = config.headDim();
    StageId q = linear(i, "q_proj", "self_attn", config.queryWidth(), inputLn);
    StageId k = linear(i, "k_proj", "self_attn", config.kvWidth(), inputLn);
    StageId v = linear(i, "v_proj", "self_attn", config.kvWidth(), inputLn);
    Shape heads = Shape.of(batch, tokens, config.heads(), d);
    Shape kvHeads = Shape.of(batch, tokens, config.kvHeads(), d);
    StageId qNorm = norm(i, "q_norm", "self_attn.q_norm", heads, q);
    StageId kNorm = norm(i, "k_norm", "self_attn.k_norm", kvHeads, k);
    StageId qRope = rope(i, "q_rope", Shape.of(batch, config.heads(), tokens, d), qNorm);
    StageId kRope = rope(i, "k_rope", Shape.of(batch, config.kvHeads(), tokens, d), kNorm);
    Shape cache = Shape.of(batch, config.kvHeads(), (long) past + tokens, d);
    StageId keys = add(StageId.cache(i, "k"), new Op.Cache(i, "k"), cache, kRope);
    StageId values = add(StageId.cache(i, "v"), new Op.Cache(i, "v"), cache, v);
    Shape joined = rows(config.queryWidth());
    return add(StageId.layer(i, "attn_out"), new Op.Attention(), joined, qRope, keys, values);
  }

  private StageId deepstack(int layer, StageId previous) {
    int feature = layer > 0 && layer <= deepstack ? layer - 1 : -1;
    Shape h = rows(config.hiddenSize());
    return add(StageId.layer(layer, "input_hidden"), new Op.Deepstack(feature), h, previous);
  }

  private StageId norm(int i, String stage, String module, Shape shape, StageId input) {
    Op norm = new Op.Norm("layers." + i + "." + module + ".weight");
    return add(StageId.layer(i, stage), norm, shape, input);
  }

  private StageId linear(int i, String stage, String module, int width, StageId input) {
    Op linear = new Op.Linear("layers." + i + "." + module + "." + stage + ".weight");
    return add(StageId.layer(i, stage), linear, rows(width), input);
  }

  private StageId rope(int i, String stage, Shape shape, StageId normed) {
    StageId cos = StageId.of("rope.cos");
    StageId sin = StageId.of("rope.sin");
    return add(StageId.layer(i, stage), new Op.Rope(), shape, normed, cos, sin);
  }

  private Shape rows(int width) {
    return Shape.of(batch, tokens, width);
  }

  private StageId add(StageId id, Op op, Shape shape, StageId... inputs) {
    stages.put(id, new Stage(id, op, List.of(inputs), shape));
    return id;
  }

  /** The same stages, but a norm that its recipe fuses with a residual sum reads both terms. */
  Qwen3VlPlan under(ModelRecipe recipe) {
    Qwen3VlPlan plan = new Qwen3VlPlan(config, batch, tokens, past, deepstack);
    for (Stage stage : stages.values()) {
      boolean fused = recipe.of(stage.id().name()) instanceof NormRecipe norm && norm.fused();
      plan.stages.put(stage.id(), fused ? reading(stage, terms(stage.inputs())) : stage);
    }
    return plan;
  }

  private static Stage reading(Stage stage, List<StageId> inputs) {
    return new Stage(stage.id(), stage.op(), inputs, stage.shape());
  }

  /** The terms of the sum that is the only input; the input itself if it is none. */
  private List<StageId> terms(List<StageId> input) {
    Stage producer = stage(input.getFirst());
    return switch (producer.op()) {
      case Op.Add() -> producer.inputs();
      case Op.Deepstack(int feature) when feature < 0 -> {
        List<StageId> before = terms(producer.inputs());
        yield before.size() > 1 ? before : input;
      }
      default -> input;
    };
  }

  /** All stages, in order of execution. */
  public List<Stage> stages() {
    return new ArrayList<>(stages.values());
  }

  /** The stage of this name. */
  public Stage stage(StageId id) {
    return stages.get(id);
  }

  /** The model's geometry. */
  public Qwen3VlConfig config() {
    return config;
  }
}
