package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SleefPowerTest {
  /** What PyTorch 2.13 gives on an x86-64 CPU for 5e6 ** (2i / 128), i from 0. */
  private static final int[] EXPECTED = {
    0x3f800000,
    0x3fa2e296,
    0x3fcf471e,
    0x4003e277,
    0x4027d416,
    0x40559183,
    0x4087e31d,
    0x40acebfd,
    0x40dc0cc8,
    0x410c02db,
    0x41322b77,
    0x4162ba68,
    0x419042a4,
    0x41b793b6,
    0x41e99beb,
    0x4214a370,
    0x423d25f8,
    0x4270b2e4,
    0x4299263f,
    0x42c2e383,
    0x42f800f1,
    0x431dcc1b,
    0x4348cda8,
    0x437f87bf,
    0x43a29613,
    0x43cee5c0,
    0x4403a484,
    0x44278540,
    0x44552d31,
    0x4487a348,
    0x44ac9ac3,
    0x44dba56b,
    0x450bc116,
    0x4531d7c5,
    0x45624fe8,
    0x458ffee0,
    0x45b73d7b,
    0x45e92e2f,
    0x46145d9e,
    0x463ccd1f,
    0x467041d3,
    0x4698de4f,
    0x46c287f8,
    0x46f78c72,
    0x471d81fc,
    0x47486f55,
    0x477f0fb7,
    0x47a249b4,
    0x47ce8490,
    0x480366ae,
    0x4827368f,
    0x4854c90e,
    0x48876391,
    0x48ac49af,
    0x48db3e3e,
    0x490b7f71,
    0x4931843b,
    0x4961e599,
    0x498fbb3c,
    0x49b6e768,
    0x49e8c0a7,
    0x4a1417ec,
    0x4a3c746f,
    0x4a6fd0f8
  };

  private static int[] words(float theta, int headDim) {
    int[] words = new int[headDim / 2];
    for (int i = 0; i < words.length; i++) {
      words[i] = Float.floatToRawIntBits(Sleef.pow(theta, (float) (2 * i) / headDim));
    }
    return words;
  }

  @Test
  void equalsPyTorchForTheDefaultTheta() {
    int[] words = words(5e6f, 128);
    for (int i = 0; i < words.length; i++) {
      assertEquals(EXPECTED[i], words[i], "i = " + i);
    }
  }

  /** Hashes, as of {@link Arrays#hashCode(int[])} but from 0, over PyTorch's words. */
  @ParameterizedTest
  @CsvSource({
    "10000, 64, 0x7298c4aa",
    "10000, 96, 0x181c81f9",
    "10000, 128, 0xf8b21fe3",
    "500000, 64, 0xe8b0bbcf",
    "500000, 96, 0x7cb14a67",
    "500000, 128, 0xd9348a8d",
    "1000000, 64, 0x81b4aadb",
    "1000000, 96, 0x557774bb",
    "1000000, 128, 0xdb3da574",
    "5000000, 64, 0xd7cfd2a6",
    "5000000, 96, 0x2be2a5a9",
    "5000000, 128, 0x66117fde",
    "10000000, 64, 0x64cddf20",
    "10000000, 96, 0x2fda5fb5",
    "10000000, 128, 0x3cf772ae"
  })
  void equalsPyTorchForOtherModels(float theta, int headDim, String expected) {
    int hash = 0;
    for (int word : words(theta, headDim)) {
      hash = 31 * hash + word;
    }
    assertEquals(expected, String.format(Locale.ROOT, "0x%08x", hash));
  }

  /**
   * The library promises 1 ULP; the double power, itself within an ULP of its own, adds next to
   * nothing.
   */
  @Test
  void isWithinOneUlpOfTheDoublePower() {
    double worst = 0;
    for (float theta : new float[] {1.5f, 1e4f, 5e5f, 5e6f, 1e7f}) {
      for (int i = 0; i <= 1 << 16; i++) {
        float exponent = i * 0x1p-16f;
        double exact = StrictMath.pow(theta, exponent);
        double error = Math.abs(Sleef.pow(theta, exponent) - exact);
        worst = Math.max(worst, error / Math.ulp((float) exact));
      }
    }
    assertTrue(worst <= 1 && worst > 0.5, "worst " + worst);
  }
}
