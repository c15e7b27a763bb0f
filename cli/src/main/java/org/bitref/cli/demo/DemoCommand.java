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
import org.bitref.cli.compare.HtmlSection;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.dump.Dump;
import org.bitref.kernel.Workers;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Qwen3VlPlan;
import org.bitref.model.StageFilter;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bitref demo}. */
@Command(
    name = "demo",
    description = {
      "Run a small prefill, compare it with PyTorch's, write a report.",
      "The data is in the repository; the report is a web page. Takes less than a minute."
    },
    footer = {"Example:", "  bitref demo"})
public final class DemoCommand implements Callable<Integer> {
  private static final String RECIPE = "hf-bf16-eager";

  private final Session session;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      defaultValue = "bitref-demo.html",
      description = "The report, replaced if it exists; ${DEFAULT-VALUE} unless given.")
  private Path output;

  /** A command that reports to this session. */
  public DemoCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    final long started = System.nanoTime();
    Path data = data();
    try (Checkpoint checkpoint = Checkpoint.open(data.resolve("tiny-qwen3-vl"));
        Dump capture = Dump.open(data.resolve("hf-cpu-bf16-eager.safetensors"))) {
      CompareReport anchored =
          compare("bitref, each stage on the capture's inputs", checkpoint, capture, true);
      CompareReport whole =
          compare("bitref, from the prompt to the end", checkpoint, capture, false);
      HtmlPage.write(output, "bitref demo", sections(anchored, whole));
      double seconds = (System.nanoTime() - started) / 1e9;
      return session.finish(
          "demo", DemoReport.of(RECIPE, anchored, whole, output.toString(), seconds));
    }
  }

  private CompareReport compare(
      String name, Checkpoint checkpoint, Dump capture, boolean anchored) {
    PrefillInputs inputs = PrefillInputs.read(capture, checkpoint.config());
    Qwen3VlPlan plan = inputs.plan(checkpoint.config());
    Map<String, Tensor> results = new LinkedHashMap<>();
    try (Workers workers = session.workers();
        Progress progress = session.progress("demo", plan.stages().size())) {
      new Executor(plan, inputs, checkpoint, Recipes.model(RECIPE), CacheOptions.FRESH, workers)
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

  private static List<HtmlSection> sections(CompareReport anchored, CompareReport whole) {
    return List.of(
        new HtmlSection(
            "Stage by stage",
            "Every stage takes its inputs from the capture, so each row shows what that stage alone"
                + " does differently.",
            anchored),
        new HtmlSection(
            "From the prompt to the end",
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
