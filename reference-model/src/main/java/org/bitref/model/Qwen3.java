package org.bitref.model;

/** Qwen3 dense text models: the layer of {@link Qwen3Vl} without images. */
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
    return PlanBuilder.ofLayers(layers, Qwen3Vl.LAYER::of);
  }
}
