package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.bitref.numerics.Format;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
  @ParameterizedTest
  @CsvSource({
    "F64, 8, F64",
    "F32, 4, F32",
    "BF16, 2, BF16",
    "F16, 2, F16",
    "F8_E4M3, 1, E4M3",
    "F8_E5M2, 1, E5M2"
  })
  void floats(DType dtype, int bytes, Format format) {
    assertEquals(bytes, dtype.bytes());
    assertEquals(Optional.of(format), dtype.format());
    assertEquals(true, dtype.isFloat());
    assertEquals(dtype, DType.of(format));
  }

  @ParameterizedTest
  @CsvSource({"I64, 8", "I32, 4", "I16, 2", "I8, 1", "U64, 8", "U32, 4", "U16, 2", "U8, 1"})
  void integers(DType dtype, int bytes) {
    assertEquals(bytes, dtype.bytes());
    assertEquals(Optional.empty(), dtype.format());
    assertEquals(false, dtype.isFloat());
  }

  @Test
  void bool() {
    assertEquals(1, DType.BOOL.bytes());
    assertEquals(Optional.empty(), DType.BOOL.format());
  }

  @Test
  void shortFormatsInAFloat() {
    assertEquals(DType.F32, DType.of(Format.TF32));
    assertEquals(DType.F32, DType.of(Format.E8M13));
  }

  @ParameterizedTest
  @EnumSource
  void everyFormatFitsItsType(Format format) {
    assertEquals(format.width(), 8 * DType.of(format).bytes());
  }
}
