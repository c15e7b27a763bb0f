package org.bitref.recipe;

import java.util.List;

/** Recipes of attention kernels that keep whole rows of scores. */
final class RowAttentionPresets {
  private static final String CHAIN = "in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | ";

  /** A tensor core's product with a float16 accumulator. */
  private static final String HALF = "in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | ";

  private static final List<AttentionPreset> ALL =
      List.of(
          math("f16"),
          math("bf16"),
          unfused(
              "tensorrt-unfused-strong",
              "calc=f32,exp=cuda,sum=lanes(32),quotient=rcp",
              "strongly typed; the order of the sum is one of several that fit, and e / sum fits"
                  + " too."),
          unfused(
              "tensorrt-unfused-weak",
              "calc=f32,step=f16,exp=cuda,sum=lanes(32),quotient=rcp",
              "--fp16; the order of the sum cannot be seen behind its roundings."),
          fused(
              "tensorrt-mha-f16",
              HALF + "none | none | cvt(f16,rne)",
              "with float16 scores, behind which expf would do too"),
          fused(
              "tensorrt-mha-f32",
              "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none",
              "strongly typed, with float32 scores"));

  private RowAttentionPresets() {}

  static List<AttentionPreset> all() {
    return ALL;
  }

  /**
   * @param keys all keys but the products, which are given as texts in {@code qk} and {@code pv}
   */
  private static AttentionPreset preset(
      String name, String keys, String qk, String pv, String evidence) {
    String text = "attention(" + keys + ",qk=(" + qk + "),pv=(" + pv + "))";
    return new AttentionPreset(name, StageRecipe.parse(text), evidence);
  }

  /** PyTorch's "math": float32 from q and k to the sum over the values, without tensor cores. */
  private static AttentionPreset math(String format) {
    return preset(
        "torch-math-" + format,
        "score=f32,scale=sqrt,calc=f32,exp=cuda,sum=torchsoftmax(f32),p=f32",
        CHAIN + "none",
        CHAIN + "cvt(" + format + ",rne)",
        "All sampled outputs of scaled_dot_product_attention's math backend (PyTorch 2.11) on an"
            + " H100 over 3006 tokens are equal.");
  }

  /** A product, a softmax and a product, the scale being a float16 constant. */
  private static AttentionPreset unfused(String name, String softmax, String typing) {
    String product = HALF + "none | none | cvt(f16,rne)";
    return preset(
        name,
        "score=f16,factor=f16," + softmax + ",p=f16",
        product,
        product,
        "All sampled outputs of TensorRT 10.6 on an H100 over 3006 tokens are equal, " + typing);
  }

  /**
   * {@code _gemm_mha_v2} for a short sequence: four warps share the values, 16 keys at a time. The
   * scale was a power of two, so that its place cannot be seen.
   */
  private static AttentionPreset fused(String name, String qk, String scores) {
    return preset(
        name,
        "score=f32,calc=f32,exp=fast,sum=exact,quotient=rcp,p=f16",
        qk,
        HALF + "cyclic(s=4,bk=16) | partial=f16,order=fwd,add=f16rne | cvt(f16,rne)",
        "All outputs of TensorRT 10.6's _gemm_mha_v2 on an H100 over 77 tokens of 64 elements are"
            + " equal, "
            + scores
            + "; the order of the sum and the kind of quotient cannot be seen.");
  }
}
