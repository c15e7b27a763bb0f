package org.bitref.model;

import org.bitref.kernel.row.Frequencies;

/**
 * The geometry of a text model.
 *
 * @param vocabSize rows of the embedding table
 * @param headDim length of one head; not hiddenSize / heads in every model
 * @param rope the rotary frequencies
 * @param tieWordEmbeddings true if the embedding table serves as lm_head
 * @param tokens ids that mark images and videos, for {@link RopeIndex}
 */
public record ModelConfig(
    Family family,
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int intermediateSize,
    double rmsNormEps,
    Frequencies rope,
    boolean tieWordEmbeddings,
    VisionTokens tokens) {

  /**
   * Token ids as in config.json.
   *
   * @param spatialMerge how many patches along one side become one token
   */
  public record VisionTokens(
      int image, int video, int visionStart, int visionEnd, int spatialMerge) {
    /** Those of the released Qwen3-VL models. */
    public static final VisionTokens QWEN3_VL = new VisionTokens(151655, 151656, 151652, 151653, 2);

    /** Of a model without images: no id is one of these. */
    public static final VisionTokens NONE = new VisionTokens(-1, -1, -1, -1, 1);
  }

  /** Checks that the numbers fit together. */
  public ModelConfig {
    require(
        vocabSize > 0 && hiddenSize > 0 && layers > 0 && intermediateSize > 0,
        "sizes must be positive");
    require(heads > 0 && kvHeads > 0 && heads % kvHeads == 0, "kvHeads must divide heads");
    require(headDim > 0 && headDim % 2 == 0, "headDim must be even");
    require(
        rope.section().size() == 3
            && rope.section().stream().mapToInt(Integer::intValue).sum() == headDim / 2,
        "the sections of rope must hold three lengths that add up to headDim / 2");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Length of the concatenated query heads. */
  public int queryWidth() {
    return heads * headDim;
  }

  /** Length of the concatenated key (or value) heads. */
  public int kvWidth() {
    return kvHeads * headDim;
  }

  /** The forward pass. */
  public Plan plan(int features) {
    return family.plan(layers, features);
  }

  /** The same model with another number of layers. */
  public ModelConfig withLayers(int number) {
    return with(vocabSize, number);
  }

  /** The same model with another number of tokens in its vocabulary. */
  public ModelConfig withVocabulary(int number) {
    return with(number, layers);
  }

  private ModelConfig with(int vocabulary, int number) {
    return new ModelConfig(
        family,
        vocabulary,
        hiddenSize,
        number,
        heads,
        kvHeads,
        headDim,
        intermediateSize,
        rmsNormEps,
        rope,
        tieWordEmbeddings,
        tokens);
  }
}
