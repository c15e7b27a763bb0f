package org.bitref.cli.demo;

import java.nio.file.Path;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Session;
import org.bitref.compare.Comparer;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.loaders.Sources;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Presets;
import org.bitref.search.GemmSearch;
import org.bitref.search.Identification;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * What a search says of a query projection of TensorRT on an H100.
 *
 * @param verdict in the words of {@code identify}
 * @param tried functions that were tried
 * @param recipe the one that fits best
 * @param total sampled outputs
 * @param equal those that it reproduces
 * @param equalFloat32 those that PyTorch's arithmetic on the same chip reproduces
 */
record DemoProduct(
    String verdict, int tried, String recipe, long total, long equal, long equalFloat32) {

  static DemoProduct of(Path file, Session session) {
    try (TensorSource captures = Sources.open(file);
        Workers workers = session.workers();
        var _ = session.progress("demo")) {
      Tensor x = captures.read("q3006.x");
      Tensor w = captures.read("q3006.w");
      Tensor y = captures.read("q3006.y.trt_strong");
      Captured<Product> gemm = Product.captured(x, w, y);
      Identification found = Diagnosed.of(GemmSearch.identify(gemm, workers), gemm, workers);
      GemmRecipe single = Presets.GEMM.get("cublas-f16").recipe();
      Tensor other = Kernels.gemm(single).multiply(x, w, GemmOperands.NONE, workers);
      return new DemoProduct(
          Json.token(found.verdict()),
          found.tried(),
          found.best().getFirst().recipe().text(),
          found.total(),
          found.best().getFirst().equal(),
          Comparer.compare(y, other).equal());
    }
  }
}
