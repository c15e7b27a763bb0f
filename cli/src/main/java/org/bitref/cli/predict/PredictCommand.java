package org.bitref.cli.predict;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bitref.BadInputException;
import org.bitref.cli.console.CsvOption;
import org.bitref.cli.console.HtmlOption;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.html.Facts;
import org.bitref.cli.recipes.RecipeArgument;
import org.bitref.kernel.Workers;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.PrefillInputs;
import org.bitref.predict.Growth;
import org.bitref.predict.Measurement;
import org.bitref.predict.Prediction;
import org.bitref.predict.Reach;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref predict}. */
@Command(
    name = "predict",
    description = "Predict the drift that two correct systems have, for any depth and length.",
    footer = {
      "Runs the model as A and as B and carries the drift of its stages on.",
      "Example:",
      "  bitref predict model/ --inputs prompt.safetensors --a hf-f16-eager \\",
      "      --b tensorrt-10.6-strong --layers 36 --length 3006",
      "Exit code 4: the layers measured do not carry a prediction so far.",
    })
public final class PredictCommand implements Callable<Integer> {
  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = "Checkpoint folder: config.json and safetensors.")
  private Path model;

  @Option(
      names = "--inputs",
      required = true,
      paramLabel = "FILE",
      description = "What the prefill starts from, as for golden.")
  private Path inputs;

  @Option(
      names = "--a",
      required = true,
      paramLabel = "RECIPE",
      description = "How system A computes: a named recipe or a file of rules.")
  private String a;

  @Option(
      names = "--b",
      required = true,
      paramLabel = "RECIPE",
      description = "How system B computes.")
  private String b;

  @Option(
      names = "--layers",
      paramLabel = "N",
      description = "Depth to predict; the model's unless given.")
  private Integer layers;

  @Option(
      names = "--length",
      paramLabel = "S",
      description = "Tokens to predict; the prompt's unless given.")
  private Integer length;

  @Option(
      names = "--measure",
      paramLabel = "N",
      description = "Layers to run, at least 2; all unless given.")
  private Integer measure;

  @Option(
      names = "--prompts",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Prompts to run: the given one and others with its text in random order;"
              + " ${DEFAULT-VALUE} unless given.")
  private int prompts;

  @Mixin private final CsvOption csv = new CsvOption();

  @Mixin private final HtmlOption html = new HtmlOption();

  @Option(names = "--force", description = "Replace existing files of --csv and --html.")
  private boolean force;

  @Override
  public Integer call() {
    Measurement.Pair pair =
        new Measurement.Pair(RecipeArgument.model("--a", a), RecipeArgument.model("--b", b));
    UsageException.requireAtLeast("--layers", 1, layers);
    UsageException.requireAtLeast("--length", 1, length);
    UsageException.requireAtLeast("--measure", 2, measure);
    UsageException.requireAtLeast("--prompts", 1, prompts);
    csv.check(force, PredictReport.TABLES);
    html.check(force);
    try (Checkpoint checkpoint = Checkpoint.open(model);
        Dump prompt = Dump.open(inputs);
        Workers workers = session.workers()) {
      PredictReport report = report(measure(checkpoint, prompt, pair, workers));
      csv.write(force, report.tables());
      List<String> arguments = spec.commandLine().getParseResult().originalArgs();
      html.write(force, () -> new PredictPage(report, facts(prompt, report), arguments).toString());
      return session.finish("predict", report);
    }
  }

  private List<Facts.Fact> facts(Dump prompt, PredictReport report) {
    return List.of(
        new Facts.Fact("Model", model.toString()),
        new Facts.Fact("Inputs", prompt.name() + "; " + Facts.about(prompt.metadata())),
        new Facts.Fact("Shapes", report.sizes()));
  }

  private Measurement measure(
      Checkpoint checkpoint, Dump prompt, Measurement.Pair pair, Workers workers) {
    List<PrefillInputs> all = Prompts.of(prompt, checkpoint.config(), prompts, session.seed());
    int run = measure == null ? checkpoint.config().layers() : measure;
    if (run < 2 || run > checkpoint.config().layers()) {
      throw new BadInputException(
          model.toString(),
          "has " + checkpoint.config().layers() + " layers; " + run + " cannot be measured",
          "Measure at least two layers, so that their spread is seen, and no more than it has.");
    }
    if (all.getFirst().extent().past() > 0 || all.getFirst().extent().tokens() < 16) {
      throw new BadInputException(
          prompt.name(),
          "holds a cache of earlier tokens, or fewer than 16 new ones",
          "Give a whole prompt.");
    }
    try (Progress progress = session.progress("predict", (long) run * prompts)) {
      return Measurement.of(
          all, checkpoint, pair, run, workers, layer -> progress.step("layer " + layer));
    }
  }

  private PredictReport report(Measurement m) {
    Growth growth = Growth.of(m);
    int depth = layers == null ? m.layers() : layers;
    int tokens = length == null ? m.tokens() : length;
    Prediction prediction = Prediction.of(growth, m.tokens(), depth, tokens, session.seed());
    return new PredictReport(
        a,
        b,
        m,
        growth,
        prediction,
        Reach.of(growth, m, prediction, session.seed()),
        m.layers() < 4
            ? Optional.empty()
            : Optional.of(check(m.firstLayers(m.layers() / 2), m, m.layers() / 2)),
        check(m.firstTokens(m.tokens() / 2), m, 0));
  }

  /** The whole, predicted from a part of it. */
  private Prediction.Check check(Measurement part, Measurement whole, int from) {
    return Prediction.of(
            Growth.of(part), part.tokens(), whole.layers(), whole.tokens(), session.seed())
        .check(whole, from);
  }
}
