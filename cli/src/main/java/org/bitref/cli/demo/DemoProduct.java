package org.bitref.cli.demo;

import java.nio.file.Path;
import org.bitref.cli.console.Session;
import org.bitref.compare.Comparer;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.recipe.GemmPresets;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * A query projection of TensorRT on an H100 under two hypotheses.
 *
 * @param total sampled outputs
 * @param equalFloat16 those that a float16 accumulator reproduces
 * @param equalFloat32 those that a float32 accumulator reproduces
 */
record DemoProduct(String recipe, long total, long equalFloat16, long equalFloat32) {

  static DemoProduct of(Path file, Session session) {
    try (TensorSource captures = Sources.open(file);
        Workers workers = session.workers()) {
      GemmRecipe half = GemmPresets.get("tensorrt-f16-f16acc").recipe();
      GemmRecipe single = GemmPresets.get("hopper-f16-f32acc").recipe();
      return new DemoProduct(
          half.text(),
          captures.read("q3006.y.trt_strong").elements(),
          equal(captures, half, workers),
          equal(captures, single, workers));
    }
  }

  private static long equal(TensorSource captures, GemmRecipe recipe, Workers workers) {
    Tensor x = captures.read("q3006.x");
    Tensor w = captures.read("q3006.w");
    Tensor y = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers);
    return Comparer.compare(captures.read("q3006.y.trt_strong"), y).equal();
  }
}
