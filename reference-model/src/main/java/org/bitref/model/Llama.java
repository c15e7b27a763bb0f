package org.bitref.model;

/** Llama 2, 3 and 3.1: the usual layer without norms of queries and keys. */
public record Llama() implements Family {
  private static final DecoderLayer LAYER = new DecoderLayer(false, false);

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public boolean seesImages() {
    return false;
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
