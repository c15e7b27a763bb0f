package org.bitref.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Attention with keys in tiles, for a head_dim of 128 on an H100. */
final class TiledAttentionPresets {
  private TiledAttentionPresets() {}

  static List<AttentionPreset> all() {
    return Stream.of("f16", "bf16").flatMap(format -> presets(format).stream()).toList();
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
