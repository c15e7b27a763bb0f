package org.bitref.cli.explain;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.cli.console.CsvOption;
import org.bitref.cli.console.HtmlOption;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.SummarisedCommand;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.DeviceOption;
import org.bitref.cli.dump.LayersOption;
import org.bitref.cli.dump.MapOption;
import org.bitref.cli.dump.SystemNames;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.explain.Capture;
import org.bitref.explain.Explainer;
import org.bitref.explain.Explanation;
import org.bitref.explain.Selection;
import org.bitref.kernel.Workers;
import org.bitref.recipe.StageRecipe;
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
      "Each FILE is a system, called NAME or like the file, and holds stages: q_proj,",
      "layers.0.q_proj.",
      "Or a FILE holds tensors <system>.<stage> beside the shared in.* and w.*.",
      "Examples:",
      "  bitref explain pytorch.npz ort.npz trt.npz --inputs in.npz --weights w.npz",
      "  bitref explain layer0.safetensors --systems pytorch_cuda,trt",
      "  bitref explain --model model/ torch.safetensors tensorrt.safetensors",
      "  bitref explain a.safetensors b.safetensors --layers 0,2-3 --stages q_proj,attn_out",
      "  bitref explain --model model/ --map trtexec torch.safetensors tensorrt/",
      "  bitref explain --model model/ torch.npz trt.npz --recipe-out trt=trt.recipe",
      "Exit code 0: rounding explains every difference. 1: another function, an overflow,",
      "unexplained or corrupt. 4: inconclusive.",
    })
public final class ExplainCommand implements SummarisedCommand {
  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "[NAME=]FILE",
      converter = NamedFile.Converter.class,
      description = "Captures of any format that bitref reads, and what to call their systems.")
  private List<NamedFile> files;

  @Option(
      names = "--systems",
      paramLabel = "A,B",
      split = ",",
      description = "Systems to look at; all unless given.")
  private List<String> systems = new ArrayList<>();

  @Option(
      names = "--catalogue",
      paramLabel = "FILE",
      description = "Say which stages the recipes of this catalogue explain.")
  private Optional<Path> catalogue = Optional.empty();

  @Option(
      names = "--details",
      description = "Show every stage, every recipe and every pair below the answers.")
  private boolean details;

  @Mixin private final SharedOptions shared = new SharedOptions();

  @Mixin private final StageOptions stages = new StageOptions();

  @Mixin private final DeviceOption device = new DeviceOption();

  @Mixin private final HtmlOption html = new HtmlOption();

  @Mixin private final MapOption map = new MapOption();

  @Mixin private final LayersOption layers = new LayersOption();

  @Mixin private final CsvOption csv = new CsvOption();

  @Mixin private final RecipeOption recipes = new RecipeOption();

  @Option(
      names = "--force",
      description = "Replace existing files of --csv, --html and --recipe-out.")
  private boolean force;

  @Override
  public Integer call() {
    if (systems.size() == 1) {
      throw UsageException.value("--systems", "give two or more");
    }
    device.check();
    csv.check(force, ExplainReport.TABLES);
    html.check(force);
    recipes.check(force);
    List<Catalogue.Entry> known =
        catalogue.map(path -> Catalogue.read(path).recipes()).orElse(List.of());
    try (SharedFiles common = shared.open(map);
        CapturedFiles captured = new CapturedFiles();
        Workers workers = session.workers()) {
      files.forEach(file -> captured.open(file.name(), file.path(), layers, map));
      common.check();
      captured.check();
      layers.check();
      Capture read = Capture.of(captured.with(common), common.model());
      SystemNames.check("--systems", systems, read.names());
      Capture all = read.only(systems);
      recipes.check(all);
      Capture capture = all.on(device.of(all.names()));
      Explanation explanation = explain(capture, known, workers);
      ExplainReport report =
          new ExplainReport(
              explanation,
              spec.commandLine().getParseResult().originalArgs(),
              details,
              names(),
              capture.reading(),
              known,
              EngineProducts.of(explanation, capture, captured, workers));
      html.write(force, () -> ExplainPage.of(report));
      csv.write(force, report.tables());
      recipes.write(force, explanation, capture, session, workers);
      return session.finish("explain", report);
    }
  }

  private List<String> names() {
    return files.stream().map(file -> file.path().toString()).toList();
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
