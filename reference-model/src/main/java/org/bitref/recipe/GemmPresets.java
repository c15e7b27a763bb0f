package org.bitref.recipe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The GEMM recipes of architectures and libraries. An architecture's preset is its plain product:
 * one accumulator for all of K, in order. A library may split K besides, depending on the shape.
 */
public final class GemmPresets {
  private static final Map<String, GemmPreset> BY_NAME = new LinkedHashMap<>();

  static {
    for (Architecture architecture : architectures()) {
      architecture.presets().forEach(GemmPresets::add);
    }
    legacyFp8().forEach(GemmPresets::add);
    libraries().forEach(GemmPresets::add);
  }

  private GemmPresets() {}

  /** All of them, architectures from old to new, then libraries. */
  public static List<GemmPreset> all() {
    return List.copyOf(BY_NAME.values());
  }

  /**
   * The preset of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static GemmPreset get(String name) {
    GemmPreset preset = BY_NAME.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "no GEMM preset named \""
              + name
              + "\"; known are "
              + String.join(", ", BY_NAME.keySet()));
    }
    return preset;
  }

  private static void add(GemmPreset preset) {
    BY_NAME.put(preset.name(), preset);
  }

  private static GemmPreset preset(String name, String text, String evidence) {
    return new GemmPreset(name, GemmRecipe.parse(text), evidence);
  }

  /**
   * The tensor cores of one generation.
   *
   * @param w products of a step for 16-bit operands; TF32 has half as many
   * @param fraction F
   * @param floors the least E with float32 and with float16 accumulators, as keys of the text;
   *     float16 operands never reach the first
   * @param wide true from Ampere on: BF16 and TF32 operands
   * @param fp8 {@code w=...,F=...} and the float32 accumulator of FP8, or null
   */
  private record Architecture(
      String name,
      int w,
      int fraction,
      Floors floors,
      boolean wide,
      Fp8 fp8,
      String evidence,
      String fp8Evidence) {

    List<GemmPreset> presets() {
      List<GemmPreset> presets = new ArrayList<>();
      presets.add(of("f16", "f32acc", w, "f32rz", "cvt(f16,rne)"));
      presets.add(of("f16", "f16acc", w, "f16rne" + floors.half(), "cvt(f16,rne)"));
      if (wide) {
        presets.add(of("bf16", "f32acc", w, "f32rz" + floors.single(), "cvt(bf16,rne)"));
        presets.add(of("tf32", "f32acc", w / 2, "f32rz" + floors.single(), "none"));
      }
      if (fp8 != null) {
        for (String format : List.of("e4m3", "e5m2")) {
          presets.add(fp8(format, "f32acc", fp8.acc(), "none"));
          presets.add(fp8(format, "f16acc", "f16rne", "cvt(f16,rne)"));
        }
      }
      return presets;
    }

    private GemmPreset of(String format, String suffix, int terms, String acc, String epilogue) {
      String fda = "fda(w=" + terms + ",F=" + fraction + ",acc=" + acc + ")";
      return preset(
          name + "-" + format + "-" + suffix,
          "in=" + format + " | " + fda + " | seq | none | none | " + epilogue,
          evidence);
    }

    private GemmPreset fp8(String format, String suffix, String acc, String epilogue) {
      String fda = "fda(w=" + fp8.w() + ",F=" + fp8.fraction() + ",acc=" + acc + ")";
      return preset(
          name + "-" + format + "-" + suffix,
          "in=" + format + " | " + fda + " | seq | none | none | " + epilogue,
          fp8Evidence);
    }
  }

  private record Fp8(int w, int fraction, String acc) {}

  private record Floors(String single, String half) {
    static final Floors NONE = new Floors("", "");

    static Floors of(int single, int half) {
      return new Floors(",floor=" + single, ",floor=" + half);
    }
  }

  private static List<Architecture> architectures() {
    String thor =
        "Assumed to be as B200: no outputs of a Thor (sm_110) were available; fit w, F and acc to"
            + " the first capture.";
    return List.of(
        new Architecture(
            "volta",
            4,
            23,
            new Floors("", ",floor=-19"),
            false,
            null,
            "All 10,000 dot products measured on a V100 are equal, both accumulators.",
            null),
        new Architecture(
            "turing",
            8,
            24,
            Floors.NONE,
            false,
            null,
            "As MMA-Sim has it; a formal model of 2025 has w = 4 instead, and no outputs were"
                + " available.",
            null),
        new Architecture(
            "ampere",
            8,
            24,
            Floors.of(-132, -20),
            true,
            null,
            "All 5,000 dot products of each kind measured on an A100 and on an A2 are equal.",
            null),
        new Architecture(
            "ada",
            8,
            24,
            Floors.of(-132, -20),
            true,
            new Fp8(16, 13, "e8m13rz"),
            "All 5,000 dot products of each kind measured on an L40S and another Ada GPU are"
                + " equal.",
            "All 5,000 FP8 dot products of each kind measured on an L40S and another Ada GPU are"
                + " equal."),
        new Architecture(
            "hopper",
            16,
            25,
            Floors.of(-133, -21),
            true,
            new Fp8(32, 13, "e8m13rz"),
            "Every output of mma.sync and wgmma in the captures of an H100 is equal, and all 5,000"
                + " dot products of each kind measured on an H100 and an H200.",
            "Every output of FP8 wgmma with float32 accumulators in the captures of an H100 is"
                + " equal; with float16 accumulators none was available."),
        new Architecture(
            "blackwell",
            16,
            25,
            Floors.of(-133, -21),
            true,
            new Fp8(32, 25, "f32rz"),
            "All 5,000 dot products of each kind measured on a B200 (mma.sync) are equal.",
            "As MMA-Sim has tcgen05; DeepGEMM's issue 176 measured 25 bits independently."),
        new Architecture(
            "thor", 16, 25, Floors.of(-133, -21), true, new Fp8(32, 25, "f32rz"), thor, thor));
  }

  /** FP8 {@code mma.sync}, which newer chips do with instructions for wider types. */
  private static List<GemmPreset> legacyFp8() {
    String evidence =
        "Every output of FP8 mma.sync in the captures of an H100 is equal, and all 5,000 dot"
            + " products of each kind measured on an H100 and an H200 with float16 and on a B200"
            + " with both accumulators.";
    List<GemmPreset> presets = new ArrayList<>();
    for (String name : List.of("hopper", "blackwell")) {
      for (String format : List.of("e4m3", "e5m2")) {
        String fda =
            "in=" + format + " | fda(w=16,F=25,acc=%s,kper=pairs,clast) | seq | none | none | ";
        String prefix = name + "-mma-" + format;
        presets.add(preset(prefix + "-f32acc", fda.formatted("f32rz") + "none", evidence));
        presets.add(preset(prefix + "-f16acc", fda.formatted("f16rne") + "cvt(f16,rne)", evidence));
      }
    }
    return presets;
  }

  private static List<GemmPreset> libraries() {
    String f32 = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";
    String f16 = "in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | none | none | cvt(f16,rne)";
    return List.of(
        preset(
            "cublas-f16",
            f32,
            "All sampled outputs of F.linear (PyTorch 2.11, cuBLAS 13) on an H100 at M = 3006 are"
                + " equal; at small M cuBLAS splits K."),
        preset(
            "cublas-f16-accum16",
            f16,
            "All sampled outputs of F.linear with FP16 accumulation on an H100 at M = 3006 are"
                + " equal; at small M cuBLAS splits K."),
        preset(
            "cublas-bf16",
            "in=bf16 | fda(w=16,F=25,acc=f32rz,floor=-133) | seq | none | none | cvt(bf16,rne)",
            "All sampled outputs of F.linear on an H100 at M = 3006 are equal; at small M cuBLAS"
                + " splits K."),
        preset(
            "cublas-f32",
            "in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | none",
            "All sampled outputs of F.linear on an H100 at M = 3006 are equal; at M = 16 and 128"
                + " they are with cyclic(s=8,bk=8)."),
        preset(
            "cublas-tf32",
            "in=tf32,tf32=rne | fda(w=8,F=25,acc=f32rz,floor=-133) | seq | none | none | none",
            "All sampled outputs of F.linear with TF32 on an H100 at M = 3006 are equal: the"
                + " operands are rounded to nearest even before the tensor core sees them."),
        preset(
            "tensorrt-f16-f16acc",
            f16,
            "All sampled outputs of TensorRT 10.6 FP16 MatMul on an H100 at M = 3006 are equal,"
                + " strongly typed or not."),
        preset(
            "tensorrt-f16-f32acc",
            f32,
            "All sampled outputs of TensorRT 10.6 on an H100 whose tactic is named"
                + " f16f16_f16f32_f32 are equal."),
        preset(
            "ort-cpu",
            "in=f32 | fma(acc=f32rne,lanes=1) | kblock(q=256,rule=mlas) | none | none | none",
            "All sampled outputs of o_proj of ONNX Runtime 1.30 on x86-64 (K = 4096, packed"
                + " weights) are equal; the source of MLAS (sgemm.cpp) has other slices for small N"
                + " and for weights that are not packed."),
        preset(
            "ort-cpu-unpacked",
            "in=f32 | fma(acc=f32rne,lanes=1) | kblock(q=128,rule=mlas) | none | none | none",
            "All outputs of three projections of ONNX Runtime 1.22 on x86-64 (K = 256) are equal,"
                + " whose float16 weights are cast at run time and so are not packed."),
        preset(
            "torch-cpu",
            "in=f32 | fma(acc=f32rne,lanes=1) | kblock(q=384,rule=mkl) | none | none | none",
            "All outputs of 28 projections of PyTorch 2.13 on a CPU with AVX-512 are equal (K ="
                + " 256, 512 and 704: whole, two halves, two halves)."),
        preset(
            "torch-cpu-f16",
            "in=f16 | fma(acc=f32rne,lanes=1) | kblock(q=1024,rule=onednn) | none | none |"
                + " cvt(f16,rne)",
            "All outputs of 28 projections of PyTorch 2.13 on a CPU with AVX-512 are equal (K ="
                + " 256, 512 and 704)."),
        preset(
            "torch-cpu-bf16",
            "in=bf16 | bf16dp(order=oddeven,ftz) | kblock(q=1024,rule=onednn) | none | none"
                + " | cvt(bf16,rne)",
            "All outputs of 28 projections of PyTorch 2.13 on a CPU with AVX512_BF16 are equal (K ="
                + " 256, 512 and 704)."));
  }
}
