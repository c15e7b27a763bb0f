package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The preset hf-cuda-f16-eager against transformers' own forward pass on an H100. */
class HfCudaTest {
  @Test
  void everyElementOfEveryStageIsEqual() {
    List<Reproduced> rows = HfStages.of("hf-cuda-f16-eager", "hf-cuda-f16-eager");
    assertEquals(26, rows.size());
    for (Reproduced row : rows) {
      assertEquals(row.total(), row.equal(), row.stage());
    }
    assertEquals(3_827_712, rows.stream().mapToLong(Reproduced::total).sum());
  }
}
