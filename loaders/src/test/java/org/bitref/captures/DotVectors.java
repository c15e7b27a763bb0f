package org.bitref.captures;

import java.util.ArrayList;
import java.util.List;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Single dot products of eight GPUs, 5,000 of each kind, and the recipe of each. */
final class DotVectors {
  private static final String ACCUMULATING =
      """
      v100 ; f16.d_f32  ; in=f16  | fda(w=4,F=23,acc=f32rz)
      v100 ; f16.d_f16  ; in=f16  | fda(w=4,F=23,acc=f16rne)
      a100 ; f16.d_f32  ; in=f16  | fda(w=8,F=24,acc=f32rz)
      a100 ; f16.d_f16  ; in=f16  | fda(w=8,F=24,acc=f16rne)
      a100 ; bf16.d_f32 ; in=bf16 | fda(w=8,F=24,acc=f32rz)
      a100 ; tf32.d_f32 ; in=tf32 | fda(w=4,F=24,acc=f32rz)
      a2   ; f16.d_f32  ; in=f16  | fda(w=8,F=24,acc=f32rz)
      a2   ; f16.d_f16  ; in=f16  | fda(w=8,F=24,acc=f16rne)
      a2   ; bf16.d_f32 ; in=bf16 | fda(w=8,F=24,acc=f32rz)
      a2   ; tf32.d_f32 ; in=tf32 | fda(w=4,F=24,acc=f32rz)
      ada  ; f16.d_f32  ; in=f16  | fda(w=8,F=24,acc=f32rz)
      ada  ; f16.d_f16  ; in=f16  | fda(w=8,F=24,acc=f16rne)
      ada  ; bf16.d_f32 ; in=bf16 | fda(w=8,F=24,acc=f32rz)
      ada  ; tf32.d_f32 ; in=tf32 | fda(w=4,F=24,acc=f32rz)
      ada  ; e4m3.d_f32 ; in=e4m3 | fda(w=16,F=13,acc=e8m13rz)
      ada  ; e4m3.d_f16 ; in=e4m3 | fda(w=16,F=13,acc=f16rne)
      ada  ; e5m2.d_f32 ; in=e5m2 | fda(w=16,F=13,acc=e8m13rz)
      ada  ; e5m2.d_f16 ; in=e5m2 | fda(w=16,F=13,acc=f16rne)
      l40s ; f16.d_f32  ; in=f16  | fda(w=8,F=24,acc=f32rz)
      l40s ; f16.d_f16  ; in=f16  | fda(w=8,F=24,acc=f16rne)
      l40s ; bf16.d_f32 ; in=bf16 | fda(w=8,F=24,acc=f32rz)
      l40s ; tf32.d_f32 ; in=tf32 | fda(w=4,F=24,acc=f32rz)
      l40s ; e4m3.d_f32 ; in=e4m3 | fda(w=16,F=13,acc=e8m13rz)
      l40s ; e5m2.d_f32 ; in=e5m2 | fda(w=16,F=13,acc=e8m13rz)
      h100 ; f16.d_f32  ; in=f16  | fda(w=16,F=25,acc=f32rz)
      h100 ; f16.d_f16  ; in=f16  | fda(w=16,F=25,acc=f16rne)
      h100 ; bf16.d_f32 ; in=bf16 | fda(w=16,F=25,acc=f32rz)
      h100 ; tf32.d_f32 ; in=tf32 | fda(w=8,F=25,acc=f32rz)
      h100 ; e4m3.d_f16 ; in=e4m3 | fda(w=16,F=25,acc=f16rne,kper=pairs,clast)
      h100 ; e5m2.d_f16 ; in=e5m2 | fda(w=16,F=25,acc=f16rne,kper=pairs,clast)
      h200 ; f16.d_f32  ; in=f16  | fda(w=16,F=25,acc=f32rz)
      h200 ; f16.d_f16  ; in=f16  | fda(w=16,F=25,acc=f16rne)
      h200 ; bf16.d_f32 ; in=bf16 | fda(w=16,F=25,acc=f32rz)
      h200 ; tf32.d_f32 ; in=tf32 | fda(w=8,F=25,acc=f32rz)
      h200 ; e4m3.d_f16 ; in=e4m3 | fda(w=16,F=25,acc=f16rne,kper=pairs,clast)
      h200 ; e5m2.d_f16 ; in=e5m2 | fda(w=16,F=25,acc=f16rne,kper=pairs,clast)
      b200 ; f16.d_f32  ; in=f16  | fda(w=16,F=25,acc=f32rz)
      b200 ; f16.d_f16  ; in=f16  | fda(w=16,F=25,acc=f16rne)
      b200 ; bf16.d_f32 ; in=bf16 | fda(w=16,F=25,acc=f32rz)
      b200 ; tf32.d_f32 ; in=tf32 | fda(w=8,F=25,acc=f32rz)
      b200 ; e4m3.d_f32 ; in=e4m3 | fda(w=16,F=25,acc=f32rz,kper=pairs,clast)
      b200 ; e4m3.d_f16 ; in=e4m3 | fda(w=16,F=25,acc=f16rne,kper=pairs,clast)
      b200 ; e5m2.d_f32 ; in=e5m2 | fda(w=16,F=25,acc=f32rz,kper=pairs,clast)
      b200 ; e5m2.d_f16 ; in=e5m2 | fda(w=16,F=25,acc=f16rne,kper=pairs,clast)
      """;

  /** These were taken with c = 0, whatever the file says. */
  private static final String FROM_ZERO =
      """
      h100 ; e4m3.d_f32 ; in=e4m3 | fda(w=32,F=13,acc=e8m13rz)
      h100 ; e5m2.d_f32 ; in=e5m2 | fda(w=32,F=13,acc=e8m13rz)
      h200 ; e4m3.d_f32 ; in=e4m3 | fda(w=32,F=13,acc=e8m13rz)
      h200 ; e5m2.d_f32 ; in=e5m2 | fda(w=32,F=13,acc=e8m13rz)
      """;

  private DotVectors() {}

  /** Those whose c counts. */
  static List<List<String>> accumulating() {
    return Lines.of(ACCUMULATING);
  }

  /** Those whose c does not count. */
  static List<List<String>> fromZero() {
    return Lines.of(FROM_ZERO);
  }

  static List<Reproduced> all() {
    List<Reproduced> rows = new ArrayList<>();
    accumulating().forEach(line -> rows.add(run(line, true)));
    fromZero().forEach(line -> rows.add(run(line, false)));
    return rows;
  }

  /** All products of one set. Skips the test without the vectors. */
  static Reproduced run(List<String> line, boolean accumulate) {
    String gpu = line.get(0);
    String set = line.get(1);
    GemmRecipe recipe = GemmRecipe.parse(line.get(2) + " | seq | none | none | none");
    String input = set.substring(0, set.indexOf('.'));
    try (TensorSource vectors = Captures.vectors("dot-" + gpu);
        Workers workers = new Workers(1)) {
      GemmKernel kernel = Kernels.gemm(recipe);
      Tensor a = vectors.read(input + ".a");
      Tensor b = vectors.read(input + ".b");
      Tensor c = vectors.read(input + ".c");
      Tensor d = vectors.read(set);
      long equal = 0;
      for (long i = 0; i < d.elements(); i++) {
        GemmOperands operands =
            accumulate ? GemmOperands.NONE.withC(c.rows(i, i + 1)) : GemmOperands.NONE;
        Tensor y = kernel.multiply(a.rows(i, i + 1), b.rows(i, i + 1), operands, workers);
        // Results in float16 are stored widened; the file knows just one NaN.
        equal += Captures.equal(d.rows(i, i + 1), y.cast(DType.F32));
      }
      String stage = accumulate ? set : set + " from zero";
      return new Reproduced("dot-" + gpu, stage, recipe.text(), equal, d.elements());
    }
  }
}
