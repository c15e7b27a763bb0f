package org.bitref.model;

/**
 * The text model of Qwen3-VL: grouped heads with norms of queries and keys, a gated MLP, and
 * deepstack features added to the rows of images after the first layers.
 */
public record Qwen3Vl() implements Family {
  static final DecoderLayer LAYER = new DecoderLayer(false, true);

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
      hidden = LAYER.of(plan.layer(i), input(plan.layer(i), i, features, hidden));
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
}
