package org.bitref.bench;

import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;

/** The arithmetics that are timed, and what they are called in tables. */
public enum Kind {
  FP32("float32 FMA chain", DType.F32, "in=f32 | fma(acc=f32rne,lanes=1)", "cvt(f32,rne)"),
  FDA_F32(
      "fused dot-add, f32 accumulator",
      DType.F16,
      "in=f16 | fda(w=16,F=25,acc=f32rz)",
      "cvt(f16,rne)"),
  FDA_F16(
      "fused dot-add, f16 accumulator",
      DType.F16,
      "in=f16 | fda(w=16,F=25,acc=f16rne)",
      "cvt(f16,rne)"),
  FMA_F16("float16 FMA chain", DType.F16, "in=f16 | fma(acc=f16rne,lanes=1)", "cvt(f16,rne)");

  private final String title;
  private final DType dtype;
  private final String recipe;

  Kind(String title, DType dtype, String inner, String epilogue) {
    this.title = title;
    this.dtype = dtype;
    this.recipe = inner + " | seq | none | none | " + epilogue;
  }

  String title() {
    return title;
  }

  DType dtype() {
    return dtype;
  }

  GemmRecipe recipe() {
    return GemmRecipe.parse(recipe);
  }
}
