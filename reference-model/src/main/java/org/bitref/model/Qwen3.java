package org.bitref.model;

/**
 * Qwen3 dense text models: the decoder layer of {@link Qwen3Vl} without images, positions of one
 * axis.
 */
public record Qwen3() implements Family {
  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public boolean seesImages() {
    return false;
  }

  @Override
  public Plan plan(int layers, int features) {
    PlanBuilder plan = new PlanBuilder();
    StageId hidden = plan.start();
    for (int i = 0; i < layers; i++) {
      PlanBuilder.Layer layer = plan.layer(i);
      hidden = Qwen3Vl.layer(layer, layer.addRows("input_hidden", hidden, ""));
    }
    return plan.end(hidden);
  }
}
