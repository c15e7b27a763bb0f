package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** PyTorch's eager attention on an H100 and an H200. */
class EagerAttentionTest {
  @Test
  void everyElementIsEqual() {
    List<Reproduced> rows = EagerAttention.all();
    assertEquals(
        List.of("torch_eager_f16 15360", "torch_eager_bf16 15360"),
        rows.stream().map(row -> row.stage() + " " + row.equal()).toList());
    assertEquals(15360, rows.getFirst().total());
  }

  @Test
  void everyElementIsEqualAtAnyAlignmentOfTheKeys() {
    List<Reproduced> rows = EagerAttention.lengths();
    assertEquals(
        List.of(
            "s333.f16.eager 7680",
            "s333.bf16.eager 7680",
            "s1024.f16.eager 7680",
            "s1024.bf16.eager 7680",
            "s3006.f16.eager 7680",
            "s3006.bf16.eager 7680"),
        rows.stream().map(row -> row.stage() + " " + row.equal()).toList());
    assertEquals(7680, rows.getFirst().total());
  }
}
