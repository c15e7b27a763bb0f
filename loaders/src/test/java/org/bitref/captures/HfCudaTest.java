package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.bitref.model.StageId;
import org.bitref.tensor.Tensor;
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

  @Test
  void logitsFromThePromptAloneAreEqual() {
    Path folder = Path.of(System.getProperty("bitref.captures", ""));
    String file = "hf-cuda-f16-eager.safetensors";
    assumeTrue(Files.exists(folder.resolve(file)), "-Dbitref.captures has no " + file);
    try (HfCapture hf = new HfCapture(folder, file)) {
      StageId logits = StageId.of("logits");
      Tensor ours = hf.endToEnd("hf-cuda-f16-eager", Set.of(logits), 2).get(logits);
      assertEquals(71680, Captures.equal(hf.captured(logits), ours));
    }
  }
}
