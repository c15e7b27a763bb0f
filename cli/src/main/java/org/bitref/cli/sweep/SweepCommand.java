package org.bitref.cli.sweep;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.bitref.cli.console.CsvOption;
import org.bitref.cli.console.HtmlOption;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.Version;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.html.Facts;
import org.bitref.experiment.CaptureCells;
import org.bitref.experiment.Cell;
import org.bitref.experiment.Cell.Difference;
import org.bitref.experiment.Cells;
import org.bitref.experiment.ModelCells;
import org.bitref.experiment.Sweep;
import org.bitref.explain.Capture;
import org.bitref.explain.CapturedStages;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.PrefillInputs;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref sweep}. */
@Command(
    name = "sweep",
    description = "Compute every stage under every hypothesis of an experiment and rank them.",
    footer = {
      "Examples:",
      "  bitref sweep experiment.json -o sweep/",
      "  bitref sweep experiment.json --format json",
      "  bitref sweep experiment.json --csv cells.csv",
      "Finished cells are kept in DIR/cells: the same command goes on after a stop.",
    })
public final class SweepCommand implements Callable<Integer> {
  /** Distinct shapes that the head of a page names. */
  private static final int SHAPES = 12;

  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "EXPERIMENT", description = "JSON: captures or a model; hypotheses.")
  private Path file;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder for cells and matrix.json; nothing is kept unless given.")
  private Path out;

  @Mixin private final CsvOption csv = new CsvOption();

  @Mixin private final HtmlOption html = new HtmlOption();

  @Option(
      names = "--force",
      description =
          "Replace the matrix of another experiment in DIR, and existing files of --csv and"
              + " --html.")
  private boolean force;

  @Override
  public Integer call() {
    Experiment experiment = Experiment.read(file);
    Optional.ofNullable(out).ifPresent(FolderStore::claim);
    csv.check(force, SweepReport.TABLES);
    html.check(force);
    List<TensorSource> sources = new ArrayList<>();
    try (Checkpoint checkpoint = experiment.model().map(Checkpoint::open).orElse(null);
        Workers workers = session.workers()) {
      if (experiment.inputs().isPresent()) {
        Dump prompt = Dump.open(experiment.inputs().get());
        sources.add(prompt);
        return run(model(experiment, checkpoint, prompt, workers), sources);
      }
      experiment.captures().forEach(capture -> sources.add(Sources.open(capture)));
      return run(capture(experiment, checkpoint, sources, workers), sources);
    } finally {
      sources.forEach(TensorSource::close);
    }
  }

  private static Cells capture(
      Experiment experiment, Checkpoint checkpoint, List<TensorSource> sources, Workers workers) {
    Optional<Capture.Model> model =
        Optional.ofNullable(checkpoint).map(c -> new Capture.Model(c, c.config()));
    CapturedStages stages =
        CapturedStages.of(sources, model, experiment.systems(), experiment::wanted, workers);
    return new CaptureCells(Version.BITREF, stages, experiment.hypotheses(), workers);
  }

  private static Cells model(
      Experiment experiment, Checkpoint checkpoint, Dump prompt, Workers workers) {
    PrefillInputs inputs = PrefillInputs.read(prompt, checkpoint.config());
    return new ModelCells(
        Version.BITREF,
        new ModelCells.Setup(
            inputs, checkpoint, experiment.reference(), experiment::wanted, experiment.anchored()),
        experiment.hypotheses(),
        workers);
  }

  /** Shapes are those of the tensors in the files. */
  private static Facts.Fact fact(TensorSource source) {
    return new Facts.Fact(
        source.name(),
        "%s; %s; shapes %s"
            .formatted(
                Facts.about(source.metadata()),
                Numbers.count(source.tensors().size(), "tensor"),
                source.tensors().values().stream()
                    .map(tensor -> tensor.shape().toString())
                    .distinct()
                    .limit(SHAPES)
                    .collect(Collectors.joining(", "))));
  }

  private int run(Cells cells, List<TensorSource> sources) {
    Optional<FolderStore> folder =
        Optional.ofNullable(out).map(o -> FolderStore.open(o, Sweep.digest(cells), force));
    Cell.Store store = folder.isPresent() ? folder.get() : new Memory();
    List<Cell.Planned> missing = Sweep.missing(cells, store);
    session.warn(
        "%s, %s to compute"
            .formatted(Numbers.count(cells.planned().size(), "cell"), missing.size()));
    try (Progress progress = session.progress("sweep", missing.size())) {
      SweepReport report =
          new SweepReport(Sweep.run(cells, missing, store, cell -> progress.step(cell.stage())));
      folder.ifPresent(f -> f.finish(report));
      csv.write(force, report.tables());
      List<Facts.Fact> files = sources.stream().map(SweepCommand::fact).toList();
      List<String> arguments = spec.commandLine().getParseResult().originalArgs();
      html.write(force, () -> new SweepPage(report.result(), files, arguments).toString());
      return session.finish("sweep", report);
    }
  }

  /** Cells for the time of one run. */
  private static final class Memory implements Cell.Store {
    private final Map<String, Difference> cells = new HashMap<>();

    @Override
    public Optional<Difference> find(String key) {
      return Optional.ofNullable(cells.get(key));
    }

    @Override
    public void put(String key, String recipe, Difference difference) {
      cells.put(key, difference);
    }
  }
}
