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

import org.bitref.operation.OperationKind;

/**
 * The decoder layer that Llama made usual: grouped heads and a gated MLP, a norm before each and a
 * residual sum behind it.
 *
 * @param biases true if queries, keys and values have one
 * @param headNorms true if queries and keys are normalised head by head
 */
record DecoderLayer(boolean biases, boolean headNorms) {
  /** All stages of a layer behind {@code input_hidden}. */
  StageId of(PlanBuilder.Layer l, StageId input) {
    StageId x = l.norm("input_ln", "input_layernorm", input);
    StageId o = attention(l, PlanBuilder.ROPE, x);
    StageId residual = l.point("post_attn_hidden", ADD, HIDDEN, input, o);
    StageId down = mlp(l, SILU, l.norm("post_attn_ln", "post_attention_layernorm", residual));
    return l.called(l.point("hidden", ADD, HIDDEN, residual, down), "hidden_out");
  }

  /** Attention from the queries' product to that of its results. */
  StageId attention(PlanBuilder.Layer l, String table, StageId x) {
    StageId q = projected(l, "q", QUERIES, x);
    StageId k = projected(l, "k", KEYS, x);
    StageId v = projected(l, "v", KEYS, x);
    StageId queries = headNorms ? l.headNorm("q_norm", "self_attn.q_norm", HEADS, q) : q;
    StageId keys = headNorms ? l.headNorm("k_norm", "self_attn.k_norm", KV_HEADS, k) : k;
    StageId qRope = l.rotate("q_rope", HEADS, table, queries);
    StageId kRope = l.rotate("k_rope", KV_HEADS, table, keys);
    StageId out = l.attend("attn_out", qRope, l.append("k", kRope), l.append("v", v));
    l.called(out, "attn_reshape");
    return l.linear("o_proj", "self_attn.o_proj", QUERIES, HIDDEN, out);
  }

  private StageId projected(PlanBuilder.Layer l, String which, Size width, StageId x) {
    String stage = which + "_proj";
    StageId product = l.linear(stage, "self_attn." + stage, HIDDEN, width, x);
    return biases ? l.biased(product) : product;
  }

  /** The gated MLP. */
  static StageId mlp(PlanBuilder.Layer l, OperationKind activation, StageId x) {
    StageId gate = l.linear("gate_proj", "mlp.gate_proj", HIDDEN, INTERMEDIATE, x);
    StageId up = l.linear("up_proj", "mlp.up_proj", HIDDEN, INTERMEDIATE, x);
    l.called(gate, "mlp_gate");
    l.called(up, "mlp_up");
    StageId act = l.point("mlp_act", activation, INTERMEDIATE, gate);
    StageId mul = l.point("mlp_mul", MUL, INTERMEDIATE, act, up);
    return l.linear("mlp_down", "mlp.down_proj", INTERMEDIATE, HIDDEN, mul);
  }
}
