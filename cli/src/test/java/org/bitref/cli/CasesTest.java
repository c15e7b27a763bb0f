package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the commands of cli/docs/cases in the order of each page, with the exit codes it names. */
@Tag("long")
class CasesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"s1.md", "s3.md", "s4.md"})
  void theCommandsOfThePageDoWhatItSays(String page) throws IOException {
    run(page);
  }

  @Test
  void threeFilesOfALayerAreExplained() throws IOException {
    ThreeFiles.write(capture("layer0-preattention-h100.safetensors"), folder);
    String explained = run("s0.md").getFirst().out();
    assertTrue(explained.startsWith("Verdict: rounding"), explained);
    assertTrue(explained.contains("pytorch: float32 accumulator"), explained);
    assertTrue(explained.contains("trt: float16 accumulator"), explained);
    assertTrue(explained.lines().count() <= 40, explained);
  }

  @Test
  void anAttentionWhoseScaleIsAppliedTwiceIsCalledCorrupt() throws IOException {
    writeAttention();
    List<Cli> runs = run("s2.md");
    assertTrue(runs.getFirst().out().toLowerCase(Locale.ROOT).contains("corrupt"));
  }

  private List<Cli> run(String page) throws IOException {
    List<Cli> runs = new DocumentedPage("cases/" + page, folder).run();
    runs.forEach(run -> assertTrue(run.out().lines().count() <= 40, run.out()));
    return runs;
  }

  private static Path capture(String file) {
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "-Dbitref.captures names no folder");
    return Path.of(captures).resolve(file);
  }

  /** An attention as captured, and one whose q was scaled once more. */
  private void writeAttention() {
    Path capture = Cli.DEMO.resolve("hf-cpu-f32-eager.safetensors");
    try (TensorSource source = Sources.open(capture);
        Workers workers = new Workers(2)) {
      Tensor q = source.read("layers.0.q_rope");
      Tensor k = source.read("kv.0.k");
      Tensor v = source.read("kv.0.v");
      Tensor y = source.read("layers.0.attn_out");
      float[] scaled = q.toFloats();
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] *= (float) (1 / Math.sqrt(q.shape().intDim(3)));
      }
      Captured<?> twice =
          new Captured<>(
              new Attention(Tensor.ofFloats(q.shape(), scaled), k, v, Optional.empty()), y);
      Tensor wrong =
          twice
              .operation()
              .run(Recipes.model("hf-f32").of("layers.0.attn_out"), workers)
              .cast(DType.F32)
              .reshape(y.shape());
      assertEquals(y.dtype(), wrong.dtype());
      write("pytorch", q, k, v, y);
      write("scaled-twice", q, k, v, wrong);
    }
  }

  private void write(String system, Tensor q, Tensor k, Tensor v, Tensor y) {
    List<TensorEntry> entries =
        List.of(
            TensorEntry.of("layers.0.q_rope", q),
            TensorEntry.of("kv.0.k", k),
            TensorEntry.of("kv.0.v", v),
            TensorEntry.of("layers.0.attn_out", y));
    SafetensorsWriter.write(folder.resolve(system + ".safetensors"), Map.of(), entries, false);
  }
}
