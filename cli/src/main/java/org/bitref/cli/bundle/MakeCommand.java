package org.bitref.cli.bundle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.ScaleOptions;
import org.bitref.cli.dump.SystemNames;
import org.bitref.cli.explain.StageWords;
import org.bitref.cli.identify.CapturedProduct;
import org.bitref.cli.identify.ProductOptions;
import org.bitref.cli.recipes.RecipeArgument;
import org.bitref.experiment.Choice;
import org.bitref.explain.Capture;
import org.bitref.explain.CapturedStage;
import org.bitref.explain.CapturedStages;
import org.bitref.explain.Dumps;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.Nearest;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.operation.Captured;
import org.bitref.recipe.RecipeSyntaxException;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bitref bundle make}. */
@Command(
    name = "make",
    description = {
      "Compute a captured stage by a recipe; pack inputs, weights, output and what came out.",
      "The stage is a product (--x, --w, --y) or one that explain finds (--stage)."
    },
    footer = {
      "Examples:",
      "  bitref bundle make dump.safetensors --x q.x --w q.w --y q.y \\",
      "      --rows q.rows --cols q.cols --recipe tensorrt-f16-f16acc -o finding.zip",
      "  bitref bundle make layer0.safetensors --stage layers.0.q_norm --system trt \\",
      "      --recipe hf-f16-eager -o norm.zip",
      "  bitref bundle make trt.safetensors --stage layers.0.q_proj --model model/ \\",
      "      --recipe tensorrt-10.6-strong -o projection.zip",
      "The recipe need not reproduce the output: a bundle also shows what does not fit.",
    })
final class MakeCommand implements Callable<Integer> {
  private final Session session;
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Holds the tensors: one as for identify, or some as for explain.")
  private List<Path> files;

  @ArgGroup(exclusive = false)
  private ProductOptions product;

  @Mixin private final ScaleOptions scales = new ScaleOptions();

  @Option(names = "--stage", paramLabel = "NAME", description = "A stage, by its name in explain.")
  private String stage;

  @Option(names = "--system", paramLabel = "S", description = "Whose, if the files hold several.")
  private String system;

  @Option(names = "--model", paramLabel = "DIR", description = "Checkpoint: weights of the stage.")
  private Path model;

  @Option(
      names = "--recipe",
      required = true,
      paramLabel = "R",
      description = "Name or text of a recipe; of a model's, what it says of the stage.")
  private String recipe;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "Archive to write.")
  private Path out;

  @Option(names = "--force", description = "Replace OUT.")
  private boolean force;

  MakeCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if ((product != null && files.size() == 1) == (stage != null)
        || (stage != null && scales.isGiven())) {
      throw new UsageException("Give one FILE with --x, --w and --y, or --stage");
    }
    OutputFile target = new OutputFile(out, force);
    List<TensorSource> sources = new ArrayList<>();
    try (Checkpoint checkpoint = model == null ? null : Checkpoint.open(model);
        Workers workers = session.workers();
        var _ = session.progress("bundle")) {
      files.forEach(file -> sources.add(Sources.open(file)));
      if (!recipe.startsWith("catalogue:")) {
        RecipeArgument.checkName(recipe.strip(), RecipeArgument.names());
      }
      String name = product != null ? product.y() : stage;
      recipe(name, _ -> true);
      Captured<?> content =
          product != null
              ? product(sources.getFirst(), workers)
              : stage(sources, checkpoint, workers);
      StageRecipe parsed = recipe(name, content.operation().kind()::admits);
      Finding finding = Finding.of(parsed, content, workers);
      CaseTensors packed = CaseTensors.of(content);
      write(target, sources, name, packed, parsed, finding);
      return session.finish(
          "bundle.make",
          new BundleReports.Made(
              out.toString(),
              out.toFile().length(),
              name,
              parsed.text(),
              List.copyOf(packed.tensors().keySet()),
              finding));
    } finally {
      sources.forEach(TensorSource::close);
    }
  }

  private Captured<?> product(TensorSource source, Workers workers) {
    try {
      return CapturedProduct.read(source, product, scales, Optional.empty(), workers).gemm();
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          source.name(), e.getMessage(), "Name the x, w and y of one product.", e);
    }
  }

  private Captured<?> stage(List<TensorSource> sources, Checkpoint checkpoint, Workers workers) {
    Optional<Capture.Model> weights =
        Optional.ofNullable(checkpoint).map(m -> new Capture.Model(m, m.config()));
    List<String> systems = system == null ? List.of() : List.of(system);
    Capture capture = Capture.ofAny(Dumps.of(sources), weights);
    SystemNames.check("--system", systems, capture.names());
    if (!capture.stages().contains(stage)) {
      throw UsageException.value(
          "--stage",
          "no system has stage %s; the nearest names are %s"
              .formatted(Text.quote(stage), Nearest.of(stage, capture.stages())));
    }
    CapturedStages found = CapturedStages.of(sources, weights, systems, stage::equals, workers);
    if (found.ready().size() == 1) {
      return found.ready().getFirst().content();
    }
    String where = String.join(", ", sources.stream().map(TensorSource::name).toList());
    if (found.ready().size() > 1) {
      List<String> names = found.ready().stream().map(CapturedStage.Ready::system).toList();
      throw new BadInputException(
          where, "several systems have stage " + stage + ": " + names, "Name one with --system.");
    }
    String reason =
        found.lacking().isEmpty()
            ? "have no stage " + stage
            : "stage "
                + stage
                + " cannot be computed again: "
                + StageWords.gap(found.lacking().getFirst().gap());
    throw new BadInputException(
        where, reason, "List the stages with: bitref explain; weights may need --model.");
  }

  private StageRecipe recipe(String name, Predicate<StageRecipe> admits) {
    try {
      return recipe.startsWith("catalogue:")
          ? RecipeArgument.product(recipe)
          : Choice.parse(recipe).of(name, admits);
    } catch (RecipeSyntaxException e) {
      throw new BadInputException(
          "--recipe",
          e.getMessage(),
          "Give the text of a recipe, or a name that `bitref recipes` lists.",
          e);
    } catch (IllegalArgumentException e) {
      throw UsageException.value(
          "--recipe",
          "%s is the recipe of a model and has no rule for %s; give the recipe of this one step"
              .formatted(Text.quote(recipe), Text.quote(name)));
    }
  }

  private void write(
      OutputFile target,
      List<TensorSource> sources,
      String name,
      CaseTensors tensors,
      StageRecipe parsed,
      Finding finding) {
    List<Bundle.Origin> origins =
        sources.stream().map(s -> new Bundle.Origin(fileName(s.name()), s.metadata())).toList();
    Bundle.Made made = Bundle.Made.here(spec.root().commandLine().getParseResult().originalArgs());
    BundleFile.write(
        target.path(),
        target.overwrite(),
        tensors.tensors(),
        hash ->
            new Bundle(
                Bundle.SCHEMA,
                name,
                tensors.kind(),
                tensors.eps(),
                parsed.text(),
                finding,
                hash,
                origins,
                made));
  }

  private static String fileName(String path) {
    return Stream.of(path.split("[/\\\\]")).reduce((a, b) -> b).orElse(path);
  }
}
