package org.bitref.cli.identify;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.cli.console.HtmlOption;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.SummarisedCommand;
import org.bitref.cli.dump.DeviceOption;
import org.bitref.cli.dump.LayersOption;
import org.bitref.cli.dump.MapOption;
import org.bitref.cli.dump.ScaleOptions;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.recipe.Device;
import org.bitref.search.GemmHints;
import org.bitref.search.GemmSearch;
import org.bitref.search.Identification;
import org.bitref.search.Placement;
import org.bitref.search.ScaleSearch;
import org.bitref.search.StageSearch;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref identify}. */
@Command(
    name = "identify",
    description = "Find the recipe that reproduces a captured product y = x · wᵀ bit for bit.",
    footer = {
      "Examples:",
      "  bitref identify dump.safetensors --x x --w w --y y",
      "  bitref identify dump.safetensors --x q.x --w q.w --y q.y \\",
      "      --rows q.rows --cols q.cols --shape 3006x4096",
      "  bitref identify dump.safetensors --x x8 --w w8 --y y --x-scale sx --w-scale sw",
      "  bitref identify --map qkv.json dump/ --x layers.0.input_ln --w w.q \\",
      "      --y layers.0.q_proj",
      "Exit code 0: identified. 1: unexplained, or corrupt. 4: ambiguous, or inconclusive.",
    })
public final class IdentifyCommand implements SummarisedCommand {
  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description = "Holds the tensors: any format that inspect reads.")
  private Path file;

  @Mixin private final ProductOptions tensors = new ProductOptions();

  @Mixin private final ScaleOptions scales = new ScaleOptions();

  @Option(
      names = "--shape",
      paramLabel = "MxN",
      description = "Rows and columns of the full product.")
  private Optional<String> shape = Optional.empty();

  @Option(
      names = "--catalogue",
      paramLabel = "FILE",
      description = "Try the recipes of this catalogue too, and name those that fit.")
  private Optional<Path> catalogue = Optional.empty();

  @Mixin private final DeviceOption device = new DeviceOption();

  @Mixin private final HtmlOption html = new HtmlOption();

  @Option(names = "--force", description = "Replace an existing file of --html.")
  private boolean force;

  @Mixin private final MapOption map = new MapOption();

  @Mixin private final LayersOption layers = new LayersOption();

  @Override
  public Integer call() {
    device.check();
    html.check(force);
    try (TensorSource source = map.apply(layers.describe(Sources.open(file)));
        Workers workers = session.workers();
        var _ = session.progress("identify")) {
      layers.check();
      long start = System.nanoTime();
      CapturedProduct product = CapturedProduct.read(source, tensors, scales, shape, workers);
      Optional<Placement> placement = product.placement();
      Optional<String> kernel = LayersOption.tactic(source, tensors.y());
      Device ran = device.of(source, tensors.y());
      GemmHints hints = kernel.map(GemmHints::ofKernel).orElse(GemmHints.NONE).on(ran);
      List<Catalogue.Entry> entries =
          catalogue.map(path -> Catalogue.read(path).recipes()).orElse(List.of());
      KnownRecipes known = KnownRecipes.of(entries, product.gemm(), ran, workers);
      Identification found =
          StageSearch.orKnown(
              GemmSearch.identify(product.gemm(), placement, hints, workers),
              product.gemm(),
              entries.stream().map(Catalogue.Entry::stage).distinct().toList(),
              ran,
              workers);
      found = ScaleSearch.orScaled(found, product.gemm(), hints, workers);
      found = Diagnosed.of(found, product.gemm(), workers);
      double seconds = (System.nanoTime() - start) / 1e9;
      Identification last = found;
      IdentifyReport report =
          new IdentifyReport(
              file.toString(),
              tensors.y(),
              product.gemm().operation().scales(),
              last,
              known,
              kernel.map(k -> IdentifyReport.Tactic.of(k, hints, last)),
              product.widened(),
              ran,
              seconds);
      List<String> arguments = spec.commandLine().getParseResult().originalArgs();
      html.write(
          force,
          () -> new IdentifyPage(report, source.metadata(), shapes(product), arguments).toString());
      return session.finish("identify", report);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          file.toString(), e.getMessage(), "Name the x, w and y of one product.", e);
    }
  }

  private static String shapes(CapturedProduct product) {
    return product.gemm().operation().inputs().stream()
        .map(tensor -> tensor.shape().toString())
        .collect(Collectors.joining(" by "));
  }
}
