package org.bitref.loaders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** Files that transformers and safetensors wrote. */
class CapturesTest {

  private static Path directory(String property) {
    String value = System.getProperty(property, "");
    assumeTrue(!value.isEmpty(), () -> "the property " + property + " is not set");
    return Path.of(value);
  }

  @Test
  void tinyCheckpoint() {
    Path folder = directory("bitref.demo.data").resolve("tiny-qwen3-vl");
    assumeTrue(Files.isDirectory(folder), () -> "no " + folder);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertEquals("model.language_model.", checkpoint.prefix());
      assertEquals(4, checkpoint.config().layers());
      assertEquals(0, checkpoint.ignoredTensors());
      assertEquals(5e6, checkpoint.config().rope().theta());
      for (String name : checkpoint.source().tensors().keySet()) {
        assertEquals(new NonFinite(0, 0), NonFinite.count(checkpoint.source().read(name)), name);
      }
      // An RMSNorm weight near 1, as a trained model has: the bytes are where the header says.
      Tensor norm = checkpoint.weight("norm.weight");
      assertTrue(norm.get(0) > 0.1 && norm.get(0) < 10, () -> "norm " + norm.get(0));
    }
  }

  @Test
  void everyCaptureOpens() throws IOException {
    Path folder = directory("bitref.captures");
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".safetensors")).toList();
    }
    assertTrue(!files.isEmpty(), () -> "nothing in " + folder);
    for (Path file : files) {
      try (TensorSource source = Sources.open(file)) {
        for (TensorInfo info : source.tensors().values()) {
          assertEquals(info.shape(), source.read(info.name()).shape());
        }
      }
    }
  }
}
