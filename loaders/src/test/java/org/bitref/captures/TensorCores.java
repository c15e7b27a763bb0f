package org.bitref.captures;

import java.util.List;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Single matrix instructions of an H100, and the recipe of each. */
final class TensorCores {
  private static final String INSTRUCTIONS =
      """
      mma_f16f32    ; in=f16  | fda(w=16,F=25,acc=f32rz)
      mma_f16f32k8  ; in=f16  | fda(w=8,F=25,acc=f32rz)
      mma_f16f16    ; in=f16  | fda(w=16,F=25,acc=f16rne,floor=-21)
      mma_f16f16k8  ; in=f16  | fda(w=8,F=25,acc=f16rne,floor=-21)
      mma_bf16f32   ; in=bf16 | fda(w=16,F=25,acc=f32rz,floor=-133)
      mma_tf32f32   ; in=tf32 | fda(w=8,F=25,acc=f32rz,floor=-133)
      mma_e4m3f32   ; in=e4m3 | fda(w=16,F=25,acc=f32rz,kper=pairs,clast)
      mma_e5m2f32   ; in=e5m2 | fda(w=16,F=25,acc=f32rz,kper=pairs,clast)
      wgmma_f16f32  ; in=f16  | fda(w=16,F=25,acc=f32rz)
      wgmma_f16f16  ; in=f16  | fda(w=16,F=25,acc=f16rne,floor=-21)
      wgmma_bf16f32 ; in=bf16 | fda(w=16,F=25,acc=f32rz,floor=-133)
      wgmma_tf32f32 ; in=tf32 | fda(w=8,F=25,acc=f32rz,floor=-133)
      wgmma_e4m3f32 ; in=e4m3 | fda(w=32,F=13,acc=e8m13rz)
      wgmma_e5m2f32 ; in=e5m2 | fda(w=32,F=13,acc=e8m13rz)
      """;

  private TensorCores() {}

  static List<List<String>> instructions() {
    return Lines.of(INSTRUCTIONS);
  }

  /** All tiles of one instruction; signs of zero and NaN patterns count. */
  static Reproduced run(List<String> line) {
    String instruction = line.get(0);
    GemmRecipe recipe = GemmRecipe.parse(line.get(1) + " | seq | none | none | none");
    try (TensorSource captures = Captures.capture("tensorcore-h100");
        Workers workers = new Workers(1)) {
      GemmKernel kernel = Kernels.gemm(recipe);
      Tensor a = captures.read(instruction + ".a");
      Tensor b = captures.read(instruction + ".b");
      Tensor c = captures.read(instruction + ".c");
      Tensor d = captures.read(instruction + ".d");
      long equal = 0;
      for (long tile = 0; tile < d.shape().dim(0); tile++) {
        GemmOperands operands = GemmOperands.NONE.withC(tile(c, tile));
        Tensor y = kernel.multiply(tile(a, tile), tile(b, tile), operands, workers);
        equal += Captures.equal(tile(d, tile), y);
      }
      return new Reproduced("tensorcore-h100", instruction, recipe.text(), equal, d.elements());
    }
  }

  private static Tensor tile(Tensor tensor, long tile) {
    Shape shape = Shape.of(tensor.shape().dim(1), tensor.shape().dim(2));
    return tensor.rows(tile, tile + 1).reshape(shape);
  }

  static List<Reproduced> all() {
    return instructions().stream().map(TensorCores::run).toList();
  }
}
