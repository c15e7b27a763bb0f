package org.bitref.cli.gemm;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bitref.BadInputException;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import org.bitref.cli.dump.ProductShape;
import org.bitref.cli.dump.ScaleOptions;
import org.bitref.cli.dump.ScaleOptions.Operand;
import org.bitref.cli.recipes.RecipeArgument;
import org.bitref.cli.recipes.SizeChoices;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.SizeTable;
import org.bitref.recipe.Sizes;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code bitref gemm}. */
@Command(
    name = "gemm",
    description = "Multiply two tensors of a file under a recipe: y = x · wᵀ (+ c).",
    footer = {
      "Examples:",
      "  bitref gemm dump.safetensors --x q3006.x --w q3006.w \\",
      "      --recipe tensorrt-f16-f16acc -o y.safetensors",
      "  bitref gemm dump.safetensors --x x --w w -o y.safetensors --recipe \\",
      "      'in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)'",
      "  bitref gemm dump.safetensors --x x8 --w w8 --x-scale sx --w-scale sw \\",
      "      -o y.safetensors --recipe \\",
      "      'in=e4m3 | exact | seq | none | none | mul(alpha,f32);cvt(bf16,rne)'",
      "`bitref recipes` lists the named recipes.",
    })
public final class GemmCommand implements Callable<Integer> {
  @ParentCommand private Session session;

  @Parameters(
      paramLabel = "FILE",
      description = "Holds the tensors: any format that inspect reads.")
  private Path file;

  @Option(names = "--x", required = true, paramLabel = "X", description = "Tensor [.., M, K].")
  private String x;

  @Option(names = "--w", required = true, paramLabel = "W", description = "Tensor [.., N, K].")
  private String w;

  @Option(names = "--transpose-w", description = "W is stored as [K, N], as in an ONNX MatMul.")
  private boolean transposeW;

  @Option(
      names = "--c",
      paramLabel = "C",
      description = "Tensor [.., M, N] that the accumulators start with; zero unless given.")
  private String c;

  @Option(
      names = "--bias",
      paramLabel = "B",
      description = "Tensor [N] for a recipe whose epilogue adds a bias.")
  private String bias;

  @Mixin private final ScaleOptions scales = new ScaleOptions();

  @Option(
      names = "--recipe",
      required = true,
      paramLabel = "R",
      description = "Named GEMM recipe, or its text.")
  private String recipe;

  @Option(
      names = "--shape",
      paramLabel = "MxN",
      description =
          "Size of the whole product, of which x and w hold some rows; a recipe that a library"
              + " chooses by the size needs it.")
  private Optional<String> shape = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "File to write: .npz, .json (Polygraphy's), else safetensors.")
  private Path out;

  @Option(names = "--name", paramLabel = "Y", description = "Name of the result; y unless given.")
  private String name = "y";

  @Option(names = "--force", description = "Replace OUT.")
  private boolean force;

  @Override
  public Integer call() {
    RecipeArgument.checkName(recipe, RecipeArgument.products());
    OutputFile output = new OutputFile(out, force);
    try (TensorSource source = Sources.open(file);
        Workers workers = session.workers();
        var _ = session.progress("gemm")) {
      Tensor left = ScaleOptions.operand(source, x);
      Tensor right = ScaleOptions.operand(source, w, transposeW);
      BatchedProduct product =
          new BatchedProduct(
              left,
              right,
              Optional.ofNullable(c).map(t -> read(source, t)),
              Optional.ofNullable(bias).map(t -> read(source, t)),
              scales.read(source, Operand.of(left), Operand.of(right)));
      Sizes sizes = shape.map(ProductShape::matrix).map(product::sizes).orElseGet(product::sizes);
      GemmRecipe gemm = (GemmRecipe) RecipeArgument.product(recipe, sizes).recipe();
      Optional<SizeChoices> chosen =
          SizeTable.find(recipe).map(table -> SizeChoices.of(table, sizes));
      long start = System.nanoTime();
      Tensor y = multiply(product, gemm, workers);
      double seconds = (System.nanoTime() - start) / 1e9;
      output.write(Map.of("recipe", gemm.text()), List.of(TensorEntry.of(name, y)));
      return session.finish(
          "gemm",
          new GemmReport(
              gemm.text(),
              out.toString(),
              name,
              y.dtype().name(),
              Arrays.stream(y.shape().dims()).boxed().toList(),
              seconds,
              product.products() / seconds / 1e9,
              chosen.stream().toList()));
    }
  }

  private Tensor multiply(BatchedProduct product, GemmRecipe gemm, Workers workers) {
    if (bias == null && !gemm.biased(false).equals(gemm)) {
      throw new BadInputException(
          "recipe \"" + gemm.text() + "\"",
          "adds a bias, and none is given",
          "Give it with --bias, or another recipe.");
    }
    try {
      return product.run(gemm, workers);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          "recipe \"" + gemm.text() + "\"",
          "does not fit these operands: " + e.getMessage(),
          "Give what the recipe asks for, or another recipe.",
          e);
    }
  }

  private static Tensor read(TensorSource source, String tensor) {
    Tensor found = source.read(tensor);
    if (!found.dtype().isFloat()) {
      throw new BadInputException(
          source.name() + ": tensor \"" + tensor + "\"",
          "has dtype " + found.dtype(),
          "A product is of floating-point tensors.");
    }
    return found;
  }

  /**
   * A product that was computed.
   *
   * @param recipe its canonical text
   * @param y name of the result in the file
   * @param shape of the result
   * @param seconds the product took, without reading and writing
   * @param gmacs billions of multiply-adds a second
   * @param bySize the choice of a library, if the recipe is one
   */
  private record GemmReport(
      String recipe,
      String path,
      String y,
      String dtype,
      List<Long> shape,
      double seconds,
      double gmacs,
      List<SizeChoices> bySize)
      implements Result {
    @Override
    public void text(Lines text) {
      text.line(recipe);
      bySize.forEach(choice -> text.paragraph(choice.told()));
      text.line(
          String.format(
              Locale.ROOT,
              "%s: %s %s %s, %.2f s, %.2f G multiply-adds/s",
              path,
              y,
              dtype,
              shape,
              seconds,
              gmacs));
    }
  }
}
