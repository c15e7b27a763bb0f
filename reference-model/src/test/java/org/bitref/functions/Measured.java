package org.bitref.functions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The measured functions in the order of the committed files, and those files. */
final class Measured {
  static final List<Function> FUNCTIONS =
      List.of(
          new Function("ex2Ftz", Sfu::ex2),
          new Function("ex2", PtxApprox::ex2),
          new Function("rcpFtz", Sfu::rcp),
          new Function("rcp", PtxApprox::rcp),
          new Function("rsqrtFtz", Sfu::rsqrt),
          new Function("rsqrt", PtxApprox::rsqrt),
          new Function("lg2Ftz", Sfu::lg2),
          new Function("lg2", PtxApprox::lg2),
          new Function("sqrtFtz", Sfu::sqrt),
          new Function("sqrt", PtxApprox::sqrt),
          new Function("expf", CudaMath::expf),
          new Function("expfFtz", CudaMath::expfFtz),
          new Function("fastExpf", CudaMath::fastExpf),
          new Function("fastExpfFtz", CudaMath::fastExpfFtz),
          new Function("rsqrtf", CudaMath::rsqrtf),
          new Function("exp2f", CudaMath::exp2f),
          new Function("sqrtf", CudaMath::sqrtf),
          new Function("reciprocal", x -> CudaMath.divide(1f, x)),
          new Function("sigmoid", CudaMath::sigmoid),
          new Function("silu", CudaMath::silu));

  static final List<Division> DIVISIONS =
      List.of(
          new Division("div", CudaMath::fdividef),
          new Division("divFtz", PtxApprox::divFtz),
          new Division("divFull", PtxApprox::divFull),
          new Division("divFullFtz", PtxApprox::divFullFtz),
          new Division("divide", CudaMath::divide));

  private Measured() {}

  interface Unary {
    float of(float x);
  }

  interface Binary {
    float of(float a, float b);
  }

  record Function(String name, Unary code) {
    int bits(int input) {
      return Float.floatToRawIntBits(code.of(Float.intBitsToFloat(input)));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  record Division(String name, Binary code) {
    int bits(int a, int b) {
      return Float.floatToRawIntBits(code.of(Float.intBitsToFloat(a), Float.intBitsToFloat(b)));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static ByteBuffer resource(String name) {
    try (InputStream in = Measured.class.getResourceAsStream(name);
        InputStream unpacked = new GZIPInputStream(in)) {
      return ByteBuffer.wrap(unpacked.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
