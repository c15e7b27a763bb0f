package org.bitref.cli.demo;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bitref.BadInputException;
import org.bitref.cli.compare.CompareReport;
import org.bitref.cli.compare.Comparison;
import org.bitref.cli.compare.HtmlPage;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.TextFile;
import org.bitref.cli.demo.DemoReport.Counts;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.html.Facts;
import org.bitref.kernel.Workers;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.StageFilter;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref demo}. */
@Command(
    name = "demo",
    description = {
      "Run a small prefill, compare it with PyTorch's, write a report.",
      "The data is in the repository; the report is a web page. Takes less than a minute."
    },
    footer = {"Example:", "  bitref demo"})
public final class DemoCommand implements Callable<Integer> {
  private static final Path REPORT = Path.of("bitref-demo.html");
  private static final String RECIPE = "hf-bf16-eager";

  /** Matrix products as an H100 takes them; the rest as above. */
  private static final String TENSOR_CORES =
      ".*_proj|.*\\.mlp_down|logits ="
          + " in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(bf16,rne)\n";

  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The report; bitref-demo.html unless given, with a number if that exists.")
  private Path output;

  @Option(names = "--force", description = "Replace an existing report.")
  private boolean force;

  @Override
  public Integer call() {
    final long started = System.nanoTime();
    OutputFile report = new OutputFile(output == null ? free(REPORT, force) : output, force);
    Path data = data();
    try (Checkpoint checkpoint = Checkpoint.open(data.resolve("tiny-qwen3-vl"));
        Dump capture = Dump.open(data.resolve("hf-cpu-bf16-eager.safetensors"))) {
      CompareReport same =
          compare(checkpoint, capture, "bitref, " + RECIPE, Recipes.model(RECIPE), false);
      ModelRecipe other = ModelRecipe.parse("tensor cores", TENSOR_CORES + Recipes.text(RECIPE));
      CompareReport anchored =
          compare(
              checkpoint, capture, "bitref, tensor cores, on the capture's inputs", other, true);
      CompareReport whole = compare(checkpoint, capture, "bitref, tensor cores", other, false);
      DemoProduct product = DemoProduct.of(data.resolve("tensorrt-gemm-h100.safetensors"), session);
      String page =
          HtmlPage.of(
              "bitref demo",
              spec.commandLine().getParseResult().originalArgs(),
              List.of(new Facts.Fact("Capture", Facts.about(capture.metadata()))),
              sections(same, anchored, whole));
      TextFile.write(report.path(), page, force);
      double seconds = (System.nanoTime() - started) / 1e9;
      return session.finish(
          "demo",
          new DemoReport(
              RECIPE,
              Counts.of(same),
              Counts.of(anchored),
              Counts.of(whole),
              product,
              report.path().toString(),
              seconds));
    }
  }

  /**
   * Computes every stage of the prefill that the capture holds and compares it with the capture.
   *
   * @param anchored true if every stage takes its inputs from the capture
   */
  private CompareReport compare(
      Checkpoint checkpoint, Dump capture, String name, ModelRecipe recipe, boolean anchored) {
    PrefillInputs inputs = PrefillInputs.read(capture, checkpoint.config());
    Plan plan = inputs.plan();
    Map<String, Tensor> results = new LinkedHashMap<>();
    try (Workers workers = session.workers();
        Progress progress = session.progress("demo", plan.stages().size())) {
      new Executor(inputs, checkpoint, recipe, CacheOptions.FRESH, workers)
          .run(
              StageFilter.ALL.select(plan),
              anchored ? Executor.Sources.anchoredOn(capture) : Executor.Sources.NONE,
              (stage, result) -> {
                results.put(stage.id().name(), result);
                progress.advance(1);
              });
    }
    return Comparison.of(TensorSource.of(name, results), capture, session);
  }

  /** This path, or one with a number that no file has, unless the file may be replaced. */
  static Path free(Path wanted, boolean replace) {
    String name = wanted.getFileName().toString();
    int dot = name.lastIndexOf('.');
    Path path = wanted;
    for (int i = 2; Files.exists(path) && !replace; i++) {
      path = wanted.resolveSibling(name.substring(0, dot) + "-" + i + name.substring(dot));
    }
    return path;
  }

  private static List<HtmlPage.Section> sections(
      CompareReport same, CompareReport anchored, CompareReport whole) {
    return List.of(
        new HtmlPage.Section(
            "The arithmetic of the capture",
            "Every stage takes its inputs from the stage before.",
            same),
        new HtmlPage.Section(
            "Matrix products of a GPU, stage by stage",
            "Every stage takes its inputs from the capture, so each row shows what that stage alone"
                + " does differently.",
            anchored),
        new HtmlPage.Section(
            "Matrix products of a GPU, from the prompt to the end",
            "Every stage takes its inputs from the stage before, so differences add up on the way.",
            whole));
  }

  private static Path data() {
    String home = System.getProperty("bitref.home");
    Path data = (home == null ? besideJar() : Path.of(home).resolve("cli")).resolve("demo");
    if (!Files.isDirectory(data)) {
      throw new BadInputException(
          data.toString(), "the demo's data is not there", "Run ./bitref demo in the repository.");
    }
    return data;
  }

  /** The module's folder: the jar is in target/lib, classes are in target/classes. */
  private static Path besideJar() {
    try {
      Path code =
          Path.of(DemoCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path target = Files.isDirectory(code) ? code.getParent() : code.getParent().getParent();
      return target.getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
