package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Zeros, subnormals, infinities, NaN and the edges of range reduction. */
class SpecialsTest {
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final float TINY = Float.MIN_VALUE;
  private static final int NAN = 0x7fffffff;

  @ParameterizedTest
  @FieldSource("org.bitref.functions.Measured#FUNCTIONS")
  void everyNanBecomesTheOneNan(Measured.Function function) {
    for (int bits : new int[] {0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0xffffffff}) {
      assertEquals(NAN, function.bits(bits));
    }
  }

  @ParameterizedTest
  @FieldSource("org.bitref.functions.Measured#DIVISIONS")
  void divisionsOfNothingAreNan(Measured.Division division) {
    int inf = Float.floatToRawIntBits(INF);
    assertEquals(NAN, division.bits(0, 0));
    assertEquals(NAN, division.bits(inf, inf));
    assertEquals(NAN, division.bits(NAN, inf));
    assertEquals(NAN, division.bits(inf, 0xffc00000));
  }

  @Test
  void ex2OfEdges() {
    same(1f, Sfu.ex2(0f));
    same(1f, Sfu.ex2(-0f));
    same(1f, Sfu.ex2(-TINY));
    same(1f, Sfu.ex2(-0x1p-24f));
    same(INF, Sfu.ex2(128f));
    same(INF, Sfu.ex2(INF));
    same(0f, Sfu.ex2(-INF));
    same(0f, Sfu.ex2(-128f));
    same(Float.MIN_NORMAL, Sfu.ex2(-126f));
    same(0f, Sfu.ex2(Math.nextDown(-126f)));
    same(TINY, PtxApprox.ex2(-149f));
    same(0f, PtxApprox.ex2(-150f));
    same(0f, PtxApprox.ex2(-INF));
  }

  @ParameterizedTest
  @ValueSource(ints = {-126, -100, -7, -1, 0, 1, 5, 64, 127})
  void ex2OfIntegersIsExact(int n) {
    same(Math.scalb(1f, n), Sfu.ex2(n));
  }

  @Test
  void rcpOfEdges() {
    same(INF, Sfu.rcp(0f));
    same(-INF, Sfu.rcp(-0f));
    same(-INF, Sfu.rcp(-TINY));
    same(-0f, Sfu.rcp(-INF));
    same(0x1p-126f, Sfu.rcp(0x1p126f));
    same(0f, Sfu.rcp(Math.nextUp(0x1p126f)));
    same(-0f, Sfu.rcp(-Float.MAX_VALUE));
    same(0x1p-127f, PtxApprox.rcp(0x1p127f));
    same(-INF, PtxApprox.rcp(-TINY));
    same(0x1p127f, PtxApprox.rcp(0x1p-127f));
  }

  @Test
  void rsqrtOfEdges() {
    same(INF, Sfu.rsqrt(0f));
    same(-INF, Sfu.rsqrt(-0f));
    same(-INF, Sfu.rsqrt(-TINY));
    same(0f, Sfu.rsqrt(INF));
    same(0.5f, Sfu.rsqrt(4f));
    same(0x1p63f, Sfu.rsqrt(0x1p-126f));
    same(0x1p74f, PtxApprox.rsqrt(0x1p-148f));
    same(-INF, PtxApprox.rsqrt(-0f));
    assertEquals(NAN, Float.floatToRawIntBits(Sfu.rsqrt(-1f)));
    assertEquals(NAN, Float.floatToRawIntBits(Sfu.rsqrt(-INF)));
    assertEquals(NAN, Float.floatToRawIntBits(PtxApprox.rsqrt(-TINY)));
  }

  @Test
  void sqrtAndLg2OfEdges() {
    same(-0f, Sfu.sqrt(-0f));
    same(-0f, Sfu.sqrt(-TINY));
    same(INF, Sfu.sqrt(INF));
    same(2f, Sfu.sqrt(4f));
    same(0x1p-74f, PtxApprox.sqrt(0x1p-148f));
    same(-INF, Sfu.lg2(-0f));
    same(-INF, Sfu.lg2(TINY));
    same(INF, Sfu.lg2(INF));
    same(0f, Sfu.lg2(1f));
    same(-149f, PtxApprox.lg2(TINY));
    assertEquals(NAN, Float.floatToRawIntBits(Sfu.sqrt(-1f)));
    assertEquals(NAN, Float.floatToRawIntBits(Sfu.lg2(-1f)));
  }

  @Test
  void approximateDivisionByLargeDivisorsIsZero() {
    same(0f, PtxApprox.div(1f, 0x1.8p126f));
    same(-0f, PtxApprox.divFtz(-1f, 0x1.8p126f));
    same(0x1p-1f, PtxApprox.divFull(0x1p126f, 0x1p127f));
    same(0x1p-1f, PtxApprox.divFullFtz(0x1p126f, 0x1p127f));
    same(2f, PtxApprox.div(0x1p-130f, 0x1p-131f));
    same(0x1p-127f, CudaMath.divide(1f, 0x1p127f));
  }

  @Test
  void productsAreFlushedBeforeRounding() {
    float a = Float.intBitsToFloat(0x14361d88);
    float b = Float.intBitsToFloat(0xd3361d89);
    same(-0f, PtxApprox.divFtz(a, b));
    same(-0f, PtxApprox.divFullFtz(a, b));
    same(-Float.MIN_NORMAL, PtxApprox.div(a, b));
  }

  @Test
  void exponentialsUnderflowAsTheModeSays() {
    same(0f, CudaMath.expfFtz(-88f));
    same(CudaMath.expf(-87f), CudaMath.expfFtz(-87f));
    same(0f, CudaMath.expf(-104f));
    same(INF, CudaMath.expf(89f));
    same(0f, CudaMath.fastExpfFtz(-88f));
    same(1f, CudaMath.expf(0f));
    same(0.5f, CudaMath.sigmoid(-0f));
    same(-0f, CudaMath.silu(-0f));
    same(1f, CudaMath.exp2f(0f));
    same(0.5f, CudaMath.rsqrtf(4f));
  }

  private static void same(float wanted, float got) {
    assertEquals(Float.floatToRawIntBits(wanted), Float.floatToRawIntBits(got));
  }
}
