package org.bitref.model;

import org.bitref.kernel.row.Frequencies.Axes;

/** The text model of Qwen2.5-VL: biases of queries, keys and values; no deepstack features. */
public record Qwen25Vl() implements Family {
  private static final DecoderLayer LAYER = new DecoderLayer(true, false);

  @Override
  public String modelType() {
    return "qwen2_5_vl_text";
  }

  @Override
  public boolean seesImages() {
    return true;
  }

  @Override
  public Axes axes() {
    return Axes.BLOCKS;
  }

  @Override
  public boolean tiesEmbeddings() {
    return false;
  }

  @Override
  public Plan plan(int layers, int features) {
    return PlanBuilder.ofLayers(layers, LAYER::of);
  }
}
