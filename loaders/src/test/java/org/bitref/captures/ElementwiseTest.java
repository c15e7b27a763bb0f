package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** PyTorch's element-wise operations, norms and softmax on an H100. */
class ElementwiseTest {
  @Test
  void everyResultIsEqual() {
    List<Reproduced> rows = Elementwise.all();
    assertEquals(2 * (4 + 6 * 3 + 3), rows.size());
    Map<String, Long> total = new TreeMap<>();
    Map<String, Long> equal = new TreeMap<>();
    for (Reproduced row : rows) {
      total.put(row.stage(), row.total());
      equal.put(row.stage(), row.equal());
    }
    assertEquals(65536L, total.get("silu.bf16"));
    assertEquals(24L, total.get("norm.f16.2560.mean_square"));
    assertEquals(36072L, total.get("softmax.f16.3006"));
    assertEquals(total, equal);
  }
}
