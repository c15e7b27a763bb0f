package org.bitref.model;

import java.util.List;

/**
 * The geometry of a Qwen3-VL text model (section 1 of the prefill specification).
 *
 * @param vocabSize rows of the embedding table
 * @param headDim length of one head; not hiddenSize / heads in the 4B model
 * @param ropeTheta base of the rotary frequencies
 * @param mropeSection how many of the headDim / 2 frequencies follow the temporal, height and width
 *     position
 * @param tieWordEmbeddings true if the embedding table serves as lm_head
 * @param tokens ids that mark images and videos, for {@link RopeIndex}
 */
public record Qwen3VlConfig(
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int intermediateSize,
    double rmsNormEps,
    double ropeTheta,
    List<Integer> mropeSection,
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
  }

  /** Checks that the numbers fit together. */
  public Qwen3VlConfig {
    mropeSection = List.copyOf(mropeSection);
    require(
        vocabSize > 0 && hiddenSize > 0 && layers > 0 && intermediateSize > 0,
        "sizes must be positive");
    require(heads > 0 && kvHeads > 0 && heads % kvHeads == 0, "kvHeads must divide heads");
    require(headDim > 0 && headDim % 2 == 0, "headDim must be even");
    require(
        mropeSection.size() == 3
            && mropeSection.stream().mapToInt(Integer::intValue).sum() == headDim / 2,
        "mropeSection must hold three lengths that add up to headDim / 2");
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

  /** The same model with another number of layers. */
  public Qwen3VlConfig withLayers(int number) {
    return new Qwen3VlConfig(
        vocabSize,
        hiddenSize,
        number,
        heads,
        kvHeads,
        headDim,
        intermediateSize,
        rmsNormEps,
        ropeTheta,
        mropeSection,
        tieWordEmbeddings,
        tokens);
  }

  /**
   * The released models (section 1.1 of the prefill specification).
   *
   * @param name 2b, 4b or 8b
   * @throws IllegalArgumentException for another name
   */
  public static Qwen3VlConfig released(String name) {
    return switch (name) {
      case "2b" -> released(2048, 28, 16, 6144, true);
      case "4b" -> released(2560, 36, 32, 9728, true);
      case "8b" -> released(4096, 36, 32, 12288, false);
      default -> throw new IllegalArgumentException("known sizes are 2b, 4b, 8b, not " + name);
    };
  }

  private static Qwen3VlConfig released(
      int hidden, int layers, int heads, int intermediate, boolean tied) {
    return new Qwen3VlConfig(
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
