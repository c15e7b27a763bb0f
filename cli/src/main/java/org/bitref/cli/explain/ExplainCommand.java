package org.bitref.cli.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bitref.cli.console.CsvOption;
import org.bitref.cli.console.HtmlOption;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.dump.LayersOption;
import org.bitref.cli.dump.MapOption;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.explain.Capture;
import org.bitref.explain.Explainer;
import org.bitref.explain.Explanation;
import org.bitref.explain.Selection;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref explain}. */
@Command(
    name = "explain",
    description = "Say where systems begin to differ, what explains it, and if it is rounding.",
    footer = {
      "A FILE holds tensors <system>.<stage> beside the shared in.* and w.*, or each FILE is",
      "a system and holds layers.0.q_proj and so on (its weights come from --model).",
      "Examples:",
      "  bitref explain layer0.safetensors --systems pytorch_cuda,trt",
      "  bitref explain --model model/ torch.safetensors tensorrt.safetensors",
      "  bitref explain a.safetensors b.safetensors --layers 0,2-3 --stages q_proj,attn_out",
      "  bitref explain --model model/ --map trtexec torch.safetensors tensorrt/",
      "Exit code 0: rounding explains every difference. 1: unexplained or corrupt.",
      "4: inconclusive.",
    })
public final class ExplainCommand implements Callable<Integer> {
  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Captures of any format that bitref reads.")
  private List<Path> files;

  @Option(
      names = "--systems",
      paramLabel = "A,B",
      split = ",",
      description = "Systems to look at; the chain is told of the first two.")
  private List<String> systems = new ArrayList<>();

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Checkpoint folder that holds the weights.")
  private Path model;

  @Option(
      names = "--catalogue",
      paramLabel = "FILE",
      description = "Say which stages the recipes of this catalogue explain.")
  private Optional<Path> catalogue = Optional.empty();

  @Mixin private final StageOptions stages = new StageOptions();

  @Mixin private final HtmlOption html = new HtmlOption();

  @Mixin private final MapOption map = new MapOption();

  @Mixin private final LayersOption layers = new LayersOption();

  @Mixin private final CsvOption csv = new CsvOption();

  @Option(names = "--force", description = "Replace existing files of --csv and --html.")
  private boolean force;

  @Override
  public Integer call() {
    if (systems.size() == 1) {
      throw UsageException.value("--systems", "give two or more");
    }
    csv.check(force, ExplainReport.TABLES);
    html.check(force);
    List<Catalogue.Entry> known =
        catalogue.map(path -> Catalogue.read(path).recipes()).orElse(List.of());
    List<TensorSource> sources = new ArrayList<>();
    try (Checkpoint checkpoint = model == null ? null : Checkpoint.open(model);
        Workers workers = session.workers()) {
      for (Path file : files) {
        sources.add(open(file));
      }
      layers.check();
      Capture capture =
          Capture.of(sources, Optional.ofNullable(checkpoint).map(this::model)).only(systems);
      ExplainReport report = new ExplainReport(explain(capture, known, workers), names(), known);
      List<String> arguments = spec.commandLine().getParseResult().originalArgs();
      html.write(force, () -> ExplainPage.of(report, arguments));
      csv.write(force, report.tables());
      return session.finish("explain", report);
    } finally {
      sources.forEach(TensorSource::close);
    }
  }

  private TensorSource open(Path file) {
    TensorSource source = map.apply(layers.describe(Sources.open(file)));
    // A folder's own name tells systems apart, not that of a file in it.
    String name =
        Files.isDirectory(file) ? file.toAbsolutePath().normalize().toString() : source.name();
    return Dump.described(source, name, source.metadata());
  }

  private Capture.Model model(Checkpoint checkpoint) {
    return new Capture.Model(checkpoint, checkpoint.config());
  }

  private List<String> names() {
    return files.stream().map(Path::toString).toList();
  }

  private Explanation explain(Capture capture, List<Catalogue.Entry> known, Workers workers) {
    List<StageRecipe> recipes = known.stream().map(Catalogue.Entry::stage).distinct().toList();
    Selection selection = stages.of(capture.stages());
    long looked = capture.stages().stream().filter(selection::includes).count();
    try (Progress progress = session.progress("explain", looked)) {
      return Explainer.explain(capture, systems, selection, recipes, workers, progress::step);
    }
  }
}
