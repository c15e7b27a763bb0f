package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** PyTorch's eager attention over 3006 tokens on an H100. */
class EagerAttentionTest {
  @Test
  void everyElementIsEqual() {
    List<Reproduced> rows = EagerAttention.all();
    assertEquals(
        List.of("torch_eager_f16 15360", "torch_eager_bf16 15360"),
        rows.stream().map(row -> row.stage() + " " + row.equal()).toList());
    assertEquals(15360, rows.getFirst().total());
  }
}
