package org.bitref.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Recipes of attention kernels that go through the keys in tiles, head_dim 128, on an H100. */
final class TiledAttentionPresets {
  private TiledAttentionPresets() {}

  static List<AttentionPreset> all() {
    Stream<AttentionPreset> torch =
        Stream.of("f16", "bf16").flatMap(format -> presets(format).stream());
    Stream<AttentionPreset> tensorRt =
        Stream.of(
            tensorRt("f16", "f16", "fma_rz", "acc=f16rne,floor=-21", "float16 scores"),
            tensorRt(
                "f16-sqrt",
                "sqrt_f16",
                "fma_rz",
                "acc=f16rne,floor=-21",
                "float16 scores and a scale on q and on k"),
            tensorRt("f32", "f16", "fma", "acc=f32rz", "float32 scores, strongly typed"));
    return Stream.concat(torch, tensorRt).toList();
  }

  private static List<AttentionPreset> presets(String format) {
    List<AttentionPreset> presets = new ArrayList<>();
    presets.add(
        preset(
            "torch-flash-" + format,
            "keys=64,order=backward,splits=fa2(sms=132,keys=128),arg=raw,exp=exp2f,"
                + "sum=quad(join=first,tree=butterfly),norm=cr",
            16,
            format,
            "All captured outputs of PyTorch 2.11's FlashAttention on an H100 are equal (four"
                + " heads, 3006 tokens: four ranges of keys)."));
    presets.add(
        preset(
            "torch-efficient-" + format,
            "keys=128,order=forward,arg=scaled_twice,exp=exp2f,sum=warps(32),norm=cr",
            8,
            format,
            "All captured outputs of PyTorch 2.11's memory-efficient attention on an H100 are"
                + " equal (3006 tokens); the instruction is m16n8k8."));
    presets.add(
        preset(
            "torch-cudnn-" + format,
            "keys=128,order=forward,arg=scaled,exp=ex2,sum=quad(join=sum,tree=pair),norm=sfu",
            16,
            format,
            "All captured outputs of cuDNN 9.19's attention in PyTorch 2.11 on an H100 are equal"
                + " (3006, 512 and 77 tokens)."));
    return presets;
  }

  /**
   * {@code _gemm_mha_v2} for a sequence that one tile does not hold.
   *
   * @param acc the accumulator of the scores
   */
  private static AttentionPreset tensorRt(
      String name, String scale, String argument, String acc, String what) {
    String gemm = "(in=f16 | fda(w=16,F=25,%s) | seq | none | none | none)";
    return new AttentionPreset(
        "tensorrt-mha-tiled-" + name,
        StageRecipe.parse(
            "tiled(keys=128,order=forward,"
                + "depth=chunks(16,even=(0,1,2,3,5,4,7,6),odd=(1,0,3,2,4,5,6,7)),"
                + ("scale=" + scale + ",arg=" + argument)
                + ",exp=ex2,sum=quad(join=sum,tree=pair),p=f16,norm=cr,o=fma,out=f16,qk="
                + gemm.formatted(acc)
                + ",pv="
                + gemm.formatted("acc=f16rne,floor=-21")
                + ")"),
        "All outputs of TensorRT 10.6's _gemm_mha_v2 on an H100 over 512 tokens of 128 elements are"
            + " equal, with "
            + what
            + "; the order of the sum cannot be seen.");
  }

  private static AttentionPreset preset(
      String name, String keys, int terms, String format, String evidence) {
    String floor = format.equals("bf16") ? ",floor=-133" : "";
    String gemm =
        String.format(
            "(in=%s | fda(w=%d,F=25,acc=f32rz%s) | seq | none | none | none)",
            format, terms, floor);
    String text =
        String.format("tiled(%s,p=%s,out=%s,qk=%s,pv=%s)", keys, format, format, gemm, gemm);
    return new AttentionPreset(name, StageRecipe.parse(text), evidence);
  }
}
