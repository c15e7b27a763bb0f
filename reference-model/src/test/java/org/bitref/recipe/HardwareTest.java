package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.bitref.numerics.Format;
import org.junit.jupiter.api.Test;

/** The table of tensor cores, as presets, search and probes read it. */
final class HardwareTest {
  @Test
  void everyRowHasAPresetOfItsOwn() {
    assertEquals(48, Hardware.rows().size());
    for (Hardware row : Hardware.rows()) {
      String name = row.preset().name();
      assertEquals(row.fda(), Presets.GEMM.get(name).recipe().inner(), name);
      assertTrue(row.evidence().endsWith("."), name);
    }
  }

  @Test
  void measuredFloorsFollowFromTheFractionBits() {
    for (Hardware row : Hardware.rows()) {
      Inner.Fda fda = row.fda();
      if (fda.floor().isPresent()) {
        assertEquals(fda.floor(), Hardware.floor(row.in(), fda.fraction(), fda.acc()));
      }
    }
    assertEquals(List.of(-21, -20, -19), Hardware.floors(Accumulator.F16RNE));
    assertEquals(List.of(-133, -132), Hardware.floors(Accumulator.F32RZ));
    assertEquals(OptionalInt.empty(), Hardware.floor(Format.F16, 25, Accumulator.F32RZ));
    assertEquals(OptionalInt.empty(), Hardware.floor(Format.E4M3, 13, Accumulator.F16RNE));
  }

  @Test
  void knownNumbersComeInTheOrderInWhichTheyAreTried() {
    assertEquals(List.of(16, 8, 4, 32), Hardware.widths(Format.F16));
    assertEquals(List.of(32, 16), Hardware.widths(Format.E5M2));
    assertEquals(List.of(25, 24, 23, 13), Hardware.fractions());
    assertEquals(
        List.of(
            (Inner.Fda) Grammar.INNER.parse("fda(w=16,F=25,acc=f32rz,kper=pairs,clast)"),
            (Inner.Fda) Grammar.INNER.parse("fda(w=16,F=25,acc=f16rne,kper=pairs,clast)")),
        Hardware.permuted());
  }
}
