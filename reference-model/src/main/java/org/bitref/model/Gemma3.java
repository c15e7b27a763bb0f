package org.bitref.model;

import static org.bitref.model.Size.HIDDEN;
import static org.bitref.operation.OperationKind.ADD;
import static org.bitref.operation.OperationKind.GELU;

import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Unscaled;

/**
 * The text model of Gemma 3: four norms a layer and two of queries and keys, whose weights are
 * stored as what they differ from 1; scaled embeddings; layers that see a window of keys between
 * layers that see all of them, with a rotary table each.
 *
 * @param window how many keys a query of a sliding layer sees, its own included
 * @param pattern of so many layers the last one sees all keys
 * @param queryScalar scores are divided by its root
 * @param localTheta base of the sliding layers' rotary frequencies
 */
public record Gemma3(int window, int pattern, double queryScalar, double localTheta)
    implements Family {

  private static final DecoderLayer ATTENTION = new DecoderLayer(false, true);
  private static final String LOCAL = "rope_local";

  /** That of the released models of 4 and 12 billion parameters. */
  static Gemma3 usual() {
    return new Gemma3(1024, 6, 256, 1e4);
  }

  @Override
  public String modelType() {
    return "gemma3_text";
  }

  @Override
  public String activation() {
    return "gelu_pytorch_tanh";
  }

  @Override
  public boolean seesImages() {
    return false;
  }

  @Override
  public double embeddingScale(int hiddenSize) {
    return Math.sqrt(hiddenSize);
  }

  @Override
  public Frequencies frequencies(String table, Frequencies model) {
    return table.startsWith(LOCAL + ".")
        ? new Frequencies(localTheta, model.section(), model.axes(), new Unscaled())
        : model;
  }

  @Override
  public AttentionFunction attention(int layer, int headDim) {
    AttentionFunction all = AttentionFunction.of(headDim).withScale(1 / Math.sqrt(queryScalar));
    return slides(layer) ? all.withWindow(window) : all;
  }

  /** True for a layer that sees a window of keys. */
  public boolean slides(int layer) {
    return (layer + 1) % pattern != 0;
  }

  @Override
  public Plan plan(int layers, int features) {
    PlanBuilder plan = new PlanBuilder(true);
    StageId hidden = plan.start();
    plan.table(LOCAL);
    for (int i = 0; i < layers; i++) {
      PlanBuilder.Layer layer = plan.layer(i);
      String table = slides(i) ? LOCAL : PlanBuilder.ROPE;
      hidden = layer(layer, table, layer.addRows("input_hidden", hidden, ""));
    }
    return plan.end(hidden);
  }

  private static StageId layer(PlanBuilder.Layer l, String table, StageId input) {
    StageId o = ATTENTION.attention(l, table, l.norm("input_ln", "input_layernorm", input));
    StageId normed = l.norm("post_attn_norm", "post_attention_layernorm", o);
    StageId residual = l.point("post_attn_hidden", ADD, HIDDEN, input, normed);
    StageId x = l.norm("pre_ff_ln", "pre_feedforward_layernorm", residual);
    StageId down = DecoderLayer.mlp(l, GELU, x);
    StageId last = l.norm("post_ff_ln", "post_feedforward_layernorm", down);
    return l.called(l.point("hidden", ADD, HIDDEN, residual, last), "hidden_out");
  }
}
