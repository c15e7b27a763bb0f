package org.bitref.model;

import static org.bitref.model.Size.HEADS;
import static org.bitref.model.Size.HIDDEN;
import static org.bitref.model.Size.INTERMEDIATE;
import static org.bitref.model.Size.KEYS;
import static org.bitref.model.Size.KV_HEADS;
import static org.bitref.model.Size.QUERIES;
import static org.bitref.operation.OperationKind.ADD;
import static org.bitref.operation.OperationKind.MUL;
import static org.bitref.operation.OperationKind.SILU;

import java.util.List;
import org.bitref.model.ModelConfig.VisionTokens;

/**
 * The text model of Qwen3-VL: grouped heads with norms of queries and keys, a gated MLP, and
 * deepstack features added to the rows of images after the first layers.
 */
public record Qwen3Vl() implements Family {
  @Override
  public String modelType() {
    return "qwen3_vl_text";
  }

  @Override
  public boolean seesImages() {
    return true;
  }

  @Override
  public Plan plan(int layers, int features) {
    PlanBuilder plan = new PlanBuilder();
    StageId hidden = plan.start();
    for (int i = 0; i < layers; i++) {
      hidden = layer(plan.layer(i), input(plan.layer(i), i, features, hidden));
    }
    // The feature of the last layer has no next layer's input_hidden to go to.
    if (layers <= features) {
      hidden = input(plan.layer(layers), layers, features, hidden);
    }
    return plan.end(hidden);
  }

  private static StageId input(PlanBuilder.Layer l, int i, int features, StageId previous) {
    boolean added = i > 0 && i <= features;
    return l.addRows("input_hidden", previous, added ? "deepstack." + (i - 1) : "");
  }

  /** The decoder layer, which {@link Qwen3} shares. */
  static StageId layer(PlanBuilder.Layer l, StageId input) {
    StageId attended = attention(l, l.norm("input_ln", "input_layernorm", input));
    StageId o = l.linear("o_proj", "self_attn.o_proj", QUERIES, HIDDEN, attended);
    StageId residual = l.point("post_attn_hidden", ADD, HIDDEN, input, o);
    StageId down = mlp(l, l.norm("post_attn_ln", "post_attention_layernorm", residual));
    return l.called(l.point("hidden", ADD, HIDDEN, residual, down), "hidden_out");
  }

  private static StageId attention(PlanBuilder.Layer l, StageId x) {
    StageId q = l.linear("q_proj", "self_attn.q_proj", HIDDEN, QUERIES, x);
    StageId k = l.linear("k_proj", "self_attn.k_proj", HIDDEN, KEYS, x);
    StageId v = l.linear("v_proj", "self_attn.v_proj", HIDDEN, KEYS, x);
    StageId qNorm = l.headNorm("q_norm", "self_attn.q_norm", HEADS, q);
    StageId kNorm = l.headNorm("k_norm", "self_attn.k_norm", KV_HEADS, k);
    StageId qRope = l.rotate("q_rope", HEADS, qNorm);
    StageId kRope = l.rotate("k_rope", KV_HEADS, kNorm);
    StageId out = l.attend("attn_out", qRope, l.append("k", kRope), l.append("v", v));
    return l.called(out, "attn_reshape");
  }

  private static StageId mlp(PlanBuilder.Layer l, StageId x) {
    StageId gate = l.linear("gate_proj", "mlp.gate_proj", HIDDEN, INTERMEDIATE, x);
    StageId up = l.linear("up_proj", "mlp.up_proj", HIDDEN, INTERMEDIATE, x);
    l.called(gate, "mlp_gate");
    l.called(up, "mlp_up");
    StageId act = l.point("mlp_act", SILU, INTERMEDIATE, gate);
    StageId mul = l.point("mlp_mul", MUL, INTERMEDIATE, act, up);
    return l.linear("mlp_down", "mlp.down_proj", INTERMEDIATE, HIDDEN, mul);
  }

  /**
   * The released models.
   *
   * @param name 2b, 4b or 8b
   * @throws IllegalArgumentException for another name
   */
  public static ModelConfig released(String name) {
    return switch (name) {
      case "2b" -> released(2048, 28, 16, 6144, true);
      case "4b" -> released(2560, 36, 32, 9728, true);
      case "8b" -> released(4096, 36, 32, 12288, false);
      default -> throw new IllegalArgumentException("known sizes are 2b, 4b, 8b, not " + name);
    };
  }

  private static ModelConfig released(
      int hidden, int layers, int heads, int intermediate, boolean tied) {
    return new ModelConfig(
        new Qwen3Vl(),
        151936,
        hidden,
        layers,
        heads,
        8,
        128,
        intermediate,
        1e-6,
        5e6,
        List.of(24, 20, 20),
        tied,
        VisionTokens.QWEN3_VL);
  }
}
