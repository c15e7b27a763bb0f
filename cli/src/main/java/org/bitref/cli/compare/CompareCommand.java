package org.bitref.cli.compare;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bitref.cli.console.CsvOption;
import org.bitref.cli.console.HtmlOption;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.SummarisedCommand;
import org.bitref.cli.console.TextFile;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.dump.MapOption;
import org.bitref.cli.dump.RawOption;
import org.bitref.cli.html.Facts;
import org.bitref.cli.recipes.RecipeArgument;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref compare}. */
@Command(
    name = "compare",
    description = "Compare two dumps tensor by tensor, bit for bit.",
    footer = {
      "Examples:",
      "  bitref compare golden.safetensors dump.safetensors",
      "  bitref compare --truth model/ torch.safetensors tensorrt.npz --html report.html",
      "  bitref compare --map edge-llm --heads golden.safetensors engine.safetensors",
      "  bitref compare cache.safetensors fresh.safetensors --nearest chunked.safetensors",
      "  bitref compare --allow-missing 'layers\\..*' a.safetensors b.safetensors",
      "  bitref compare --dtype f16 --shape 1x3006x4096 torch.bin engine.bin",
      "  bitref compare --rules limits.json --junit report.xml golden.safetensors b.npz",
      "Exit code 0: all equal, or every rule of --rules holds. 1: something is not.",
    })
public final class CompareCommand implements SummarisedCommand {
  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "A",
      description = "A dump of any format that bitref reads.")
  private Path a;

  @Parameters(index = "1", paramLabel = "B", description = "The same, from another system.")
  private Path b;

  @Option(
      names = "--truth",
      paramLabel = "MODEL",
      description =
          "Checkpoint folder: compute each stage exactly from A's inputs, and say who is nearer.")
  private Path model;

  @Option(
      names = "--recipe",
      paramLabel = "R",
      defaultValue = "exact",
      description = "Recipe of --truth; ${DEFAULT-VALUE} unless given.")
  private String recipe;

  @Mixin private final MapOption map = new MapOption();

  @Mixin private final RawOption raw = new RawOption();

  @Option(
      names = "--allow-missing",
      paramLabel = "REGEX",
      description = "Names that one side may lack; the whole name must match.")
  private Pattern allowMissing;

  @Option(names = "--heads", description = "Compare KV caches head by head, too.")
  private boolean heads;

  @Option(
      names = "--token-block",
      paramLabel = "N",
      description = "Compare KV caches head by head in blocks of N tokens, too.")
  private Integer tokenBlock;

  @Option(
      names = "--nearest",
      paramLabel = "REF",
      arity = "1..*",
      description = "More references beside B: which of them A's KV cache is nearest to.")
  private List<Path> nearest = List.of();

  @Option(
      names = "--details",
      description = "Show every tensor, the distances and the worst elements.")
  private boolean details;

  @Option(
      names = "--rules",
      paramLabel = "F",
      description =
          "JSON: what is asked of which tensors; decides the exit code. A tensor that no rule fits"
              + " fails.")
  private Path rules;

  @Option(
      names = "--junit",
      paramLabel = "F",
      description = "Also write JUnit XML: each tensor a test, of --rules or else of equality.")
  private Path junit;

  @Mixin private final CsvOption csv = new CsvOption();

  @Option(names = "--force", description = "Replace existing files of --junit, --csv and --html.")
  private boolean force;

  @Mixin private final HtmlOption html = new HtmlOption();

  @Override
  public Integer call() {
    final long start = System.nanoTime();
    ModelRecipe exact = RecipeArgument.model("--recipe", recipe);
    Optional<Rules> asked = Optional.ofNullable(rules).map(Rules::read);
    Optional<OutputFile> xml = Optional.ofNullable(junit).map(f -> new OutputFile(f, force));
    UsageException.requireAtLeast("--token-block", 1, tokenBlock);
    if (nearest.size() >= NearestCaches.MOST) {
      throw UsageException.value(
          "--nearest", "at most %s, not %s".formatted(NearestCaches.MOST - 1, nearest.size()));
    }
    csv.check(force, CompareReport.TABLES);
    html.check(force);
    try (Checkpoint checkpoint = model == null ? null : Checkpoint.open(model);
        Dump left = Dump.of(map.apply(raw.open(a)));
        Dump right = second(left);
        References others = References.open(nearest, path -> Dump.of(map.apply(raw.open(path))))) {
      Optional<Truth> truth =
          Optional.ofNullable(checkpoint).map(c -> new Truth(c, exact, session));
      CompareReport report = compare(left, right, others, truth, asked);
      report.rules().ifPresent(judgement -> judgement.unused().forEach(this::unused));
      HtmlPage.Section whole = new HtmlPage.Section("", "", report);
      html.write(
          force,
          () ->
              HtmlPage.of(
                  "bitref compare",
                  spec.commandLine().getParseResult().originalArgs(),
                  List.of(fact("A", left), fact("B", right)),
                  List.of(whole)));
      if (xml.isPresent()) {
        double seconds = (System.nanoTime() - start) / 1e9;
        TextFile.write(junit, JUnitXml.of(report, seconds), force);
      }
      csv.write(force, report.tables());
      return session.finish("compare", report);
    }
  }

  /**
   * B; one that is a file of one tensor without a name goes by that of A if A is such a file too.
   */
  private Dump second(Dump left) {
    TensorSource source = map.apply(raw.open(b));
    boolean unnamed = unnamed(a, left) && unnamed(b, source);
    String name = left.tensors().keySet().stream().findFirst().orElse("");
    return unnamed ? Dump.of(source, _ -> name) : Dump.of(source);
  }

  private static boolean unnamed(Path path, TensorSource source) {
    if (RawOption.namesTensors(path) || source.tensors().size() != 1) {
      return false;
    }
    String file = path.getFileName().toString();
    String name = source.tensors().values().iterator().next().name();
    return file.equals(name) || file.substring(0, Math.max(0, file.lastIndexOf('.'))).equals(name);
  }

  private CompareReport compare(
      Dump left, Dump right, References others, Optional<Truth> truth, Optional<Rules> asked) {
    Pairs pairs = Pairs.of(left, right);
    pairs.check(left, right, name -> allowMissing != null && allowMissing.matcher(name).matches());
    List<StageResult> compared = Comparison.results(pairs.common(), left, right, session);
    List<StageResult> stages = truth.map(t -> t.judge(compared, left, right)).orElse(compared);
    Map<String, List<KvFigures>> ofHeads =
        heads ? KvHeads.of(pairs.common(), left, right, session) : Map.of();
    return new CompareReport(
        left.name(),
        right.name(),
        stages,
        pairs,
        KvComparison.of(stages, ofHeads),
        ofCaches(pairs, left, right, others),
        asked.map(rules -> rules.judge(stages)),
        details);
  }

  private KvDetails ofCaches(Pairs pairs, Dump left, Dump right, References others) {
    return new KvDetails(
        Optional.ofNullable(tokenBlock)
            .map(size -> KvBlocks.of(pairs.common(), left, right, size, session)),
        nearest.isEmpty()
            ? Optional.empty()
            : Optional.of(NearestCaches.of(left, others.after(right), session)));
  }

  private static Facts.Fact fact(String side, Dump dump) {
    return new Facts.Fact(side, dump.name() + "; " + Facts.about(dump.metadata()));
  }

  private void unused(String pattern) {
    session.warn("the rule for \"%s\" decides for no tensor".formatted(pattern));
  }
}
