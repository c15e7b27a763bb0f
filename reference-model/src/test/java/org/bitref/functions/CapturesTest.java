package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the captures, where the property {@code bitref.captures} names their folder. */
class CapturesTest {
  private static final String FOLDER = System.getProperty("bitref.captures", "");

  @BeforeAll
  static void needsTheCaptures() {
    assumeTrue(!FOLDER.isBlank(), "bitref.captures names no folder");
  }

  @Test
  void binadesOfTheUnit() throws IOException {
    binades("ex2_1_2", Sfu::ex2, x -> StrictMath.pow(2, x));
    binades("rcp_1_2", Sfu::rcp, x -> 1 / x);
    binades("rsqrt_1_4", Sfu::rsqrt, x -> 1 / Math.sqrt(x));
  }

  @Test
  void binadesOfExpf() throws IOException {
    binades("expf_1_4", CudaMath::expf, StrictMath::exp);
    binades("expfneg_1_4", x -> CudaMath.expf(-x), x -> StrictMath.exp(-x));
  }

  /** A capture holds the distance, in units of the last place, from the correctly rounded value. */
  private static void binades(String name, Measured.Unary code, DoubleUnaryOperator exact)
      throws IOException {
    Path file = Path.of(FOLDER, "sfu-h100", name + ".i8.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      byte[] distances = in.readAllBytes();
      for (int i = 0; i < distances.length; i++) {
        float x = Float.intBitsToFloat(Float.floatToRawIntBits(1f) + i);
        int rounded = Float.floatToRawIntBits((float) exact.applyAsDouble(x));
        if (rounded + distances[i] != Float.floatToRawIntBits(code.of(x))) {
          assertEquals(rounded + distances[i], Float.floatToRawIntBits(code.of(x)), name + " " + x);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "exp,f16",
    "sigmoid,f16",
    "silu,f16",
    "rsqrt,f16",
    "exp,bf16",
    "sigmoid,bf16",
    "silu,bf16",
    "rsqrt,bf16"
  })
  void torchElementwise(String operation, String type) throws IOException {
    ByteBuffer wanted = tensor(operation + "." + type);
    Measured.Unary code =
        switch (operation) {
          case "exp" -> CudaMath::expf;
          case "sigmoid" -> CudaMath::sigmoid;
          case "silu" -> CudaMath::silu;
          default -> CudaMath::rsqrtf;
        };
    boolean half = type.equals("f16");
    for (int i = 0; i < 1 << 16; i++) {
      int pattern = i;
      float x = half ? Float.float16ToFloat((short) i) : Float.intBitsToFloat(i << 16);
      float y = code.of(x);
      // NaN's payload is the narrowing's affair.
      short got = half ? Float.floatToFloat16(y) : brain(y);
      short want = wanted.getShort(2 * i);
      if (Float.isNaN(y)) {
        float back = half ? Float.float16ToFloat(want) : Float.intBitsToFloat(want << 16);
        assertEquals(true, Float.isNaN(back), () -> "NaN at " + pattern);
      } else {
        assertEquals(
            want, got, () -> String.format(Locale.ROOT, "%s.%s of %04x", operation, type, pattern));
      }
    }
  }

  /** To bfloat16, to nearest even; not for NaN. */
  private static short brain(float x) {
    int bits = Float.floatToRawIntBits(x);
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static ByteBuffer tensor(String name) throws IOException {
    Path file = Path.of(FOLDER, "torch-cuda-elementwise-h100.safetensors");
    try (FileChannel in = FileChannel.open(file)) {
      int length = (int) read(in, 0, 8).getLong();
      String header = StandardCharsets.UTF_8.decode(read(in, 8, length)).toString();
      Matcher offsets =
          Pattern.compile('"' + Pattern.quote(name) + "\":\\{[^}]*\\[(\\d+),(\\d+)]}")
              .matcher(header.replace(" ", ""));
      assertEquals(true, offsets.find(), name);
      long start = Long.parseLong(offsets.group(1));
      return read(in, 8 + length + start, (int) (Long.parseLong(offsets.group(2)) - start));
    }
  }

  private static ByteBuffer read(FileChannel in, long at, int length) throws IOException {
    return in.map(FileChannel.MapMode.READ_ONLY, at, length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
