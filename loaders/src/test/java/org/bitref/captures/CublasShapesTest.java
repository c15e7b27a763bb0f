package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.bitref.captures.CublasShapes.Case;
import org.bitref.recipe.Chosen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of sizes chooses the recipe of every captured product. */
final class CublasShapesTest {
  @ParameterizedTest
  @CsvSource({
    "cublas-shapes-h200-f16, default, 238",
    "cublas-shapes-h200-bf16, default, 221",
  })
  void everyOutputIsEqual(String file, String mode, int cases) {
    List<Case> all = CublasShapes.run(file, mode);
    List<String> missed =
        all.stream().filter(one -> !one.whole()).map(CublasShapesTest::told).toList();
    assertEquals(List.of(), missed);
    assertEquals(cases, all.size());
  }

  /** Kernels that split K for some of their tiles have no recipe; their cases say so. */
  @Test
  void inFloat16EveryOtherOutputIsEqual() {
    List<Case> all = CublasShapes.run("cublas-shapes-h200-f16", "accum16");
    List<String> missed =
        all.stream()
            .filter(one -> one.chosen().basis() == Chosen.Basis.MEASURED && !one.whole())
            .map(CublasShapesTest::told)
            .toList();
    assertEquals(List.of(), missed);
    assertEquals(238, all.size());
    assertEquals(205, all.stream().filter(Case::whole).count());
  }

  private static String told(Case one) {
    return one.name() + " " + one.chosen().basis() + " " + one.reproduced().line().strip();
  }
}
