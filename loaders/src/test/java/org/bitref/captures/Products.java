package org.bitref.captures;

import java.util.List;
import java.util.Locale;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Whole products of cuBLAS and TensorRT on an H100, and the recipe of each. */
final class Products {
  /** File, output, arithmetic, split. */
  private static final String CUBLAS =
      """
      0 ; q3006.f16.y.default      ; f16 f32acc ; none
      0 ; q3006.f16.y.noreduced    ; f16 f32acc ; none
      0 ; q3006.f16.y.accum16      ; f16 f16acc ; none
      0 ; q3006.bf16.y.default     ; bf16       ; none
      0 ; q3006.bf16.y.noreduced   ; bf16       ; none
      0 ; q3006.f32.y.ieee         ; f32        ; none
      0 ; q3006.f32.y.tf32         ; tf32       ; none
      0 ; kv3006.f16.y.default     ; f16 f32acc ; none
      0 ; kv3006.f16.y.noreduced   ; f16 f32acc ; none
      0 ; kv3006.f16.y.accum16     ; f16 f16acc ; none
      0 ; kv3006.bf16.y.default    ; bf16       ; none
      0 ; kv3006.bf16.y.noreduced  ; bf16       ; none
      0 ; gate3006.f16.y.default   ; f16 f32acc ; none
      0 ; gate3006.f16.y.noreduced ; f16 f32acc ; none
      0 ; gate3006.f16.y.accum16   ; f16 f16acc ; none
      0 ; gate3006.bf16.y.default  ; bf16       ; none
      0 ; gate3006.bf16.y.noreduced; bf16       ; none
      1 ; down3006.f16.y.default   ; f16 f32acc ; none
      1 ; down3006.f16.y.noreduced ; f16 f32acc ; none
      1 ; down3006.f16.y.accum16   ; f16 f16acc ; none
      1 ; down3006.bf16.y.default  ; bf16       ; none
      1 ; down3006.bf16.y.noreduced; bf16       ; none
      1 ; q1.f16.y.default         ; f16 f32acc ; splitk(s=2,g=64)
      1 ; q1.f16.y.noreduced       ; f16 f32acc ; splitk(s=2,g=64)
      1 ; q1.f16.y.accum16         ; f16 f16acc ; none
      1 ; q1.bf16.y.default        ; bf16       ; splitk(s=2,g=64)
      1 ; q1.bf16.y.noreduced      ; bf16       ; splitk(s=2,g=64)
      1 ; q16.f16.y.default        ; f16 f32acc ; splitk(s=2,g=64)
      1 ; q16.f16.y.noreduced      ; f16 f32acc ; splitk(s=2,g=64)
      1 ; q16.f16.y.accum16        ; f16 f16acc ; none
      1 ; q16.bf16.y.default       ; bf16       ; splitk(s=2,g=64)
      1 ; q16.bf16.y.noreduced     ; bf16       ; splitk(s=2,g=64)
      1 ; q16.f32.y.ieee           ; f32        ; cyclic(s=8,bk=8)
      1 ; q16.f32.y.tf32           ; tf32       ; none
      2 ; kv128.f16.y.default      ; f16 f32acc ; splitk(s=2,g=64)
      2 ; kv128.f16.y.noreduced    ; f16 f32acc ; splitk(s=2,g=64)
      2 ; kv128.f16.y.accum16      ; f16 f16acc ; splitk(s=8,g=64)
      2 ; kv128.bf16.y.default     ; bf16       ; splitk(s=2,g=64)
      2 ; kv128.bf16.y.noreduced   ; bf16       ; splitk(s=2,g=64)
      2 ; kv128.f32.y.ieee         ; f32        ; cyclic(s=8,bk=8)
      2 ; kv128.f32.y.tf32         ; tf32       ; splitk(s=2,g=64)
      2 ; down300.f16.y.default    ; f16 f32acc ; none
      2 ; down300.f16.y.noreduced  ; f16 f32acc ; none
      2 ; down300.f16.y.accum16    ; f16 f16acc ; none
      2 ; down300.bf16.y.default   ; bf16       ; none
      2 ; down300.bf16.y.noreduced ; bf16       ; none
      2 ; odd77.f16.y.default      ; f16 f32acc ; splitk(s=2,g=64)
      2 ; odd77.f16.y.noreduced    ; f16 f32acc ; splitk(s=2,g=64)
      2 ; odd77.f16.y.accum16      ; f16 f16acc ; splitk(s=8,g=8,residue=first,bk=64)
      2 ; odd77.bf16.y.default     ; bf16       ; splitk(s=2,g=64)
      2 ; odd77.bf16.y.noreduced   ; bf16       ; splitk(s=2,g=64)
      """;

  private static final String TENSORRT =
      """
      0 ; q3006.y.trt_strong      ; f16 f16acc ; none
      0 ; q3006.y.trt_weakfp16    ; f16 f16acc ; none
      0 ; kv3006.y.trt_strong     ; f16 f16acc ; none
      0 ; kv3006.y.trt_weakfp16   ; f16 f16acc ; none
      0 ; gate3006.y.trt_strong   ; f16 f16acc ; none
      0 ; gate3006.y.trt_weakfp16 ; f16 f16acc ; none
      0 ; down3006.y.trt_strong   ; f16 f16acc ; none
      0 ; down3006.y.trt_weakfp16 ; f16 f16acc ; none
      0 ; q1.y.trt_strong         ; f16 f16acc ; none
      0 ; q1.y.trt_weakfp16       ; f16 f16acc ; none
      0 ; q16.y.trt_strong        ; f16 f32acc ; none
      0 ; q16.y.trt_weakfp16      ; f16 f16acc ; none
      0 ; kv128.y.trt_strong      ; f16 f16acc ; cyclic(s=4,bk=64)
      0 ; kv128.y.trt_weakfp16    ; f16 f16acc ; cyclic(s=4,bk=64)
      1 ; m8k4096n4096.f16.y      ; f16 f16acc ; none
      1 ; m32k4096n1024.f16.y     ; f16 f32acc ; cyclic(s=4,bk=64)
      1 ; m64k4096n4096.f16.y     ; f16 f16acc ; none
      1 ; m128k4096n4096.f16.y    ; f16 f16acc ; none
      1 ; m128k12288n4096.f16.y   ; f16 f32acc ; none
      1 ; m256k4096n1024.f16.y    ; f16 f32acc ; none
      1 ; m512k2048n2048.f16.y    ; f16 f32acc ; none
      1 ; m1000k2560n4096.f16.y   ; f16 f32acc ; none
      1 ; m128k4096n1024.bf16.y   ; bf16       ; none
      1 ; m3006k4096n1024.bf16.y  ; bf16       ; none
      1 ; m128k4096n1024.f32.y    ; f32        ; cyclic(s=8,bk=8)
      1 ; m128k4096n1024.tf32.y   ; tf32       ; cyclic(s=7,bk=32)
      """;

  private Products() {}

  static List<List<String>> cublas() {
    return Lines.of(CUBLAS);
  }

  static List<List<String>> tensorrt() {
    return Lines.of(TENSORRT);
  }

  /** The operand format and inner part of an arithmetic. */
  private static String inner(String arithmetic) {
    return switch (arithmetic) {
      case "f16 f32acc" -> "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | ";
      case "f16 f16acc" -> "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | ";
      case "bf16" -> "in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | ";
      case "tf32" -> "in=tf32,tf32=rne | fda(w=8,F=25,acc=f32rz) | seq | ";
      case "f32" -> "in=f32 | fma(acc=f32rne,lanes=1) | seq | ";
      default -> throw new IllegalArgumentException(arithmetic);
    };
  }

  private static String combine(String arithmetic, String split) {
    String partial = arithmetic.endsWith("f16acc") ? "f16" : "f32";
    return split.equals("none")
        ? "none"
        : "partial=" + partial + ",order=fwd,add=" + partial + "rne";
  }

  /**
   * Computes one line of a table.
   *
   * @param family of files, to which the first field of the line is added
   */
  static Reproduced run(String family, List<String> line) {
    String output = line.get(1);
    try (TensorSource captures = Captures.capture(family + "-" + line.get(0));
        Workers workers = new Workers(2)) {
      Tensor expected = captures.read(output);
      String problem = output.substring(0, output.indexOf(".y"));
      String type = expected.dtype().name().toLowerCase(Locale.ROOT);
      String split = line.get(3);
      GemmRecipe recipe =
          GemmRecipe.parse(
              inner(line.get(2))
                  + split
                  + " | "
                  + combine(line.get(2), split)
                  + (" | cvt(" + type + ",rne)"));
      Tensor x = captures.read(problem + ".x");
      Tensor w = captures.read(problem + ".w");
      Tensor y = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers);
      return Reproduced.of(family, output, recipe.text(), expected, y);
    }
  }

  static List<Reproduced> all(String family, List<List<String>> lines) {
    return lines.stream().map(line -> run(family, line)).toList();
  }
}
