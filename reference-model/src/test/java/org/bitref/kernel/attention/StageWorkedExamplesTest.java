package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.functions.CudaTrig;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.RowSum;
import org.bitref.kernel.row.Rows;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.SumOrder;
import org.bitref.recipe.TileSum;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Examples in the documentation of stage recipes that no test of a kernel has. */
final class StageWorkedExamplesTest {
  private static TiledAttentionRecipe tiled(String order, String argument) {
    String gemm = "(in=f16 | fma(acc=f32rne,lanes=1) | seq | none | none | none)";
    return Rows.recipe(
        TiledAttentionRecipe.class,
        "tiled(keys=8,order=%s,arg=%s,exp=ex2,sum=warps(8),p=f16,norm=cr,out=f32,qk=%s,pv=%s)"
            .formatted(order, argument, gemm, gemm));
  }

  @ParameterizedTest
  @CsvSource({"forward, 3fdd9354", "backward, 3fdd944c"})
  void tiledAttention(String order, String bits) {
    float[] k = new float[16];
    float[] v = new float[16];
    boolean[] visible = new boolean[16];
    k[8] = 1;
    v[0] = 1;
    v[8] = 2;
    visible[0] = true;
    visible[8] = true;
    Shape shape = Shape.of(1, 1, 16, 1);
    Tensor q = Tensor.ofFloats(Shape.of(1, 1, 1, 1), 1).cast(DType.F16);
    TiledAttentionRecipe recipe = tiled(order, "raw");
    Tensor out =
        new TiledAttentionKernel(recipe)
            .run(
                q,
                Tensor.ofFloats(shape, k).cast(DType.F16),
                Tensor.ofFloats(shape, v).cast(DType.F16),
                AttentionFunction.of(1).notCausal(),
                Optional.of(visible),
                1,
                Rows.ALONE);
    assertEquals(bits, Long.toHexString(out.bits(0)));
    assertEquals(
        0x3EBC5AB2,
        Float.floatToIntBits(
            TileExponent.of(recipe, AttentionFunction.of(1), false).rescale(0, 1)));
  }

  @ParameterizedTest
  @CsvSource({
    "raw, 3eb144ac, 3eb144af",
    "scaled, 3eb144ac, 3eb144ac",
    "scaled_twice, 3eb144b4, 3eb144b4",
    "scaled_e, 3eb144b3, 3eb144b3",
    "fma, 3eb144ad, 3eb144ad",
    "fma_rz, 3eb144ae, 3eb144ae"
  })
  void argument(String argument, String p, String r) {
    TileExponent exponent =
        TileExponent.of(tiled("forward", argument), AttentionFunction.of(128), false);
    float score = exponent.score(35);
    float max = exponent.score(47);
    assertEquals(p, hex(exponent.of(score, max)));
    assertEquals(r, hex(exponent.rescale(score, max)));
  }

  private static String hex(double x) {
    return Integer.toHexString(Float.floatToIntBits((float) x));
  }

  @ParameterizedTest
  @CsvSource({"FIRST, 3f800000", "SUM, 3f800001"})
  void sumOfAQuad(TileSum.Join join, String bits) {
    TileSums sums = new TileSums(new TileSum.Quad(join, Lanes.Tree.PAIR), 1);
    sums.add(0, 1, new float[] {1, 0, 0, 0, 0, 0, 0, 0}, 0, 8);
    sums.add(0, 1, new float[] {0x1p-24f, 0x1p-24f, 0, 0, 0, 0, 0, 0}, 0, 8);
    assertEquals(bits, hex(sums.total(0)));
  }

  @Test
  void sumOfWarps() {
    float[] p = new float[16];
    Arrays.fill(p, 0x1p-24f);
    p[0] = 1;
    TileSums sums = new TileSums(new TileSum.Warps(8, Lanes.Tree.PAIR), 1);
    sums.add(0, 1, p, 0, 16);
    assertEquals("3f800007", hex(sums.total(0)));
  }

  @ParameterizedTest
  @CsvSource({
    "exact, 4b800008",
    "seq, 4b800000",
    "cascade(2), 4b800007",
    "torchcuda, 4b800007",
    "torchsoftmax(f16), 4b800007"
  })
  void sumOrder(String order, String bits) {
    SumOrder sum = Rows.recipe(NormRecipe.class, "norm(form=hf,sum=" + order + ",out=f32)").sum();
    double[] terms = new double[16];
    Arrays.fill(terms, 1);
    terms[0] = 0x1p24;
    assertEquals(bits, hex(RowSum.in(sum, Format.F32, 1).of(terms, 16, 0)));
  }

  @ParameterizedTest
  @CsvSource({"2049, 11a7", "2048, 11a8"})
  void fusedNorm(float sum, String bits) {
    NormRecipe recipe = Rows.recipe(NormRecipe.class, "norm(form=hf,fused,out=f16)");
    Tensor y =
        new NormKernel(recipe, 0)
            .run(Rows.floats(sum, 1), Rows.floats(1, 1), Shape.of(2), Rows.ALONE);
    assertEquals(bits, Long.toHexString(y.bits(1)));
  }

  @Test
  void factorOfAttention() {
    float factor = (float) (1 / Math.sqrt(128));
    assertEquals("3db504f3", hex(factor));
    assertEquals(0x2DA8, Format.F16.encode(Format.F16.round(factor, Rounding.RNE)));
    assertEquals("3db50000", hex(Format.F16.decode(0x2DA8)));
  }

  @Test
  void cosine() {
    float angle = Float.intBitsToFloat(0x42A138EC);
    assertEquals("3ef5b800", hex(StrictMath.cos(angle)));
    assertEquals("3ef5b7ff", hex(CudaTrig.cosf(angle)));
  }
}
