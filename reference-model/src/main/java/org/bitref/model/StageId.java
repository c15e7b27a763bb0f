package org.bitref.model;

/**
 * The name of a stage, as it stands in files and on the command line: {@code layers.3.q_proj},
 * {@code kv.3.k}, {@code rope.cos}, {@code logits}.
 *
 * @param layer the layer it belongs to; -1 for a stage of the whole model
 */
public record StageId(String name, int layer) {
  /** A stage of the whole model. */
  public static StageId of(String name) {
    return new StageId(name, -1);
  }

  /** A stage of one layer. */
  public static StageId layer(int layer, String stage) {
    return new StageId("layers." + layer + "." + stage, layer);
  }

  /** The cached keys ({@code k}) or values ({@code v}) of one layer. */
  public static StageId cache(int layer, String which) {
    return new StageId("kv." + layer + "." + which, layer);
  }

  @Override
  public String toString() {
    return name;
  }
}
