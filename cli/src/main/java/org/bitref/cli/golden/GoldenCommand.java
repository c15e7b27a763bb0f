package org.bitref.cli.golden;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.console.Version;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.dump.LayerList;
import org.bitref.cli.recipes.RecipeArgument;
import org.bitref.cli.recipes.SizeChoices;
import org.bitref.kernel.Workers;
import org.bitref.loaders.engine.EngineRecipe;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.model.CacheOptions;
import org.bitref.model.ModelConfig;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.model.StageFilter;
import org.bitref.model.StageId;
import org.bitref.model.StageNames;
import org.bitref.numerics.Format;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code bitref golden}. */
@Command(
    name = "golden",
    description = "Run the text prefill and write every stage, the KV cache and the logits.",
    footer = {
      "Examples:",
      "  bitref golden model/ --inputs prompt.safetensors -o golden.safetensors",
      "  bitref golden model/ --inputs dump.safetensors --anchor dump.safetensors \\",
      "      --recipe hf-f16-eager --layers 0-3 -o local.safetensors",
      "  bitref golden model/ --inputs prompt.safetensors --stages '.*q_proj' -o q.npz",
      "Stages are kept in OUT.partial until the end; --resume goes on from there.",
    })
public final class GoldenCommand implements Callable<Integer> {
  private static final String DEFAULT_RECIPE = "hf-bf16-eager";

  @ParentCommand private Session session;

  @Parameters(paramLabel = "MODEL", description = "Checkpoint folder: config.json and safetensors.")
  private Path model;

  @Option(
      names = "--inputs",
      required = true,
      paramLabel = "FILE",
      description =
          "Tensors that the prefill starts from: inputs_embeds or input_ids, position_ids, …; more"
              + " than once for tensors in several files.")
  private List<Path> inputs;

  @Option(
      names = "--recipe",
      paramLabel = "R",
      description = "Named recipe or file of rules; " + DEFAULT_RECIPE + " unless given.")
  private Optional<String> recipe;

  @Mixin private final EngineOption engine = new EngineOption();

  @Option(
      names = "--layers",
      paramLabel = "LIST",
      converter = LayerList.Converter.class,
      description = "Layers to write, for example 0-3 or 0,2,7-9; all unless given.")
  private Optional<LayerList> layers;

  @Option(
      names = "--stages",
      paramLabel = "REGEX",
      description = "Write only stages whose whole name matches.")
  private Optional<Pattern> stages;

  @Option(
      names = "--anchor",
      paramLabel = "DUMP",
      description = "Every stage takes its inputs from this dump where it holds them.")
  private Path anchor;

  @Option(names = "--resume", description = "Go on from the results of a run that was stopped.")
  private boolean resume;

  @Option(
      names = "--chunk",
      paramLabel = "N",
      description = "Prefill N queries at a time against the cache; all at once unless given.")
  private Optional<Integer> chunk;

  @Option(
      names = "--kv-dtype",
      paramLabel = "f16|bf16|e4m3",
      description = "Attention reads keys and values back through this format.")
  private Optional<CacheFormat> cacheFormat;

  @Mixin private final KvOption kv = new KvOption();

  @Option(
      names = "--force",
      description = "Replace OUT and the file of --kv, and drop the results in OUT.partial.")
  private boolean force;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "File to write: .npz, .json (Polygraphy's), else safetensors.")
  private Path out;

  /** Formats of a KV cache. */
  enum CacheFormat {
    F16(Format.F16),
    BF16(Format.BF16),
    E4M3(Format.E4M3);

    private final Format format;

    CacheFormat(Format format) {
      this.format = format;
    }
  }

  @Override
  public Integer call() {
    Optional<ModelRecipe> named = recipe.map(name -> RecipeArgument.model("--recipe", name));
    Optional<List<TrtLayer>> kernels = engine.layers();
    chunk.ifPresent(queries -> UsageException.requireAtLeast("--chunk", 1, queries));
    OutputFile target = new OutputFile(out, force);
    kv.check(force);
    try (Workers workers = session.workers();
        Checkpoint checkpoint = Checkpoint.open(model);
        Dump prompt = Dump.open(inputs);
        Dump capture = anchor == null ? null : Dump.open(anchor)) {
      return session.finish(
          "golden",
          run(named, kernels, target, checkpoint, prompt, Optional.ofNullable(capture), workers));
    }
  }

  private GoldenReport run(
      Optional<ModelRecipe> named,
      Optional<List<TrtLayer>> kernels,
      OutputFile target,
      Checkpoint checkpoint,
      Dump prompt,
      Optional<TensorSource> capture,
      Workers workers) {
    final long started = System.nanoTime();
    PrefillInputs start = PrefillInputs.read(prompt, checkpoint.config());
    Plan plan = start.plan();
    Optional<EngineRecipe> ofEngine =
        kernels.map(all -> engine.recipe(all, start, named, tokensAtOnce(start)));
    ModelRecipe rules =
        ofEngine
            .map(EngineRecipe::rules)
            .or(() -> named)
            .orElseGet(() -> RecipeArgument.model("--recipe", DEFAULT_RECIPE));
    CacheOptions cache = new CacheOptions(chunk, cacheFormat.map(f -> f.format));
    GoldenRun run = new GoldenRun(plan, start, rules, cache, capture);
    Set<StageId> wanted = wanted(plan, checkpoint.config());
    kv.check(wanted);
    List<Stage> needed = run.needed(checkpoint, wanted);
    List<SizeChoices> choices = SizeChoices.of(rules, needed, start, tokensAtOnce(start));
    choices.stream()
        .filter(choice -> !choice.measured())
        .forEach(choice -> session.warn(choice.told()));
    CheckedWeights weights = new CheckedWeights(checkpoint, needed, rules, workers);
    Fingerprint fingerprint = fingerprint(run, prompt, run.captured(needed), workers);
    PartFiles parts = new PartFiles(fingerprint, run::plans, weights, workers);
    try (PartialFolder partial = PartialFolder.of(out, parts, resume, force, session)) {
      // A run that has held the folder until now may have written it.
      target.checkNew();
      final long resumed = wanted.stream().filter(id -> partial.has(id.name())).count();
      List<String> bridged = run.bridged(needed);
      Merge merge = new Merge(plan, wanted, partial);
      Map<StageId, Double> seconds;
      try {
        seconds = run.run(wanted, weights, partial, session, workers);
        Map<String, String> metadata = metadata(rules, bridged);
        kv.write(partial, metadata, force);
        target.write(metadata, merge.entries(prompt, filter().names()));
      } catch (BadInputException e) {
        throw partial.explain(e);
      }
      List<GoldenReport.StageLine> lines = merge.lines(seconds);
      partial.delete();
      weights.warnings().forEach(session::warn);
      return new GoldenReport(
          out.toString(),
          rules.name(),
          lines,
          (System.nanoTime() - started) / 1e9,
          out.toFile().length(),
          resumed,
          bridged,
          weights.findings(),
          choices,
          ofEngine.map(EngineRecipe::kernels).orElse(List.of()));
    }
  }

  private int tokensAtOnce(PrefillInputs inputs) {
    int tokens = inputs.extent().tokens();
    return Math.min(tokens, chunk.orElse(tokens));
  }

  private Set<StageId> wanted(Plan plan, ModelConfig config) {
    layers.ifPresent(list -> list.check(model.toString(), config.layers()));
    Set<StageId> wanted = filter().select(plan);
    if (wanted.isEmpty()) {
      throw new BadInputException(
          "--stages " + stages.map(Pattern::pattern).orElse(".*"),
          "matches no stage" + layers.map(list -> " of layers " + list.text()).orElse(""),
          "A whole name must match, for example 'layers\\.0\\..*_proj' or 'logits'.");
    }
    return wanted;
  }

  private StageFilter filter() {
    return new StageFilter(
        layer -> layers.isEmpty() || layers.get().layers().contains(layer),
        layers.isEmpty(),
        stages.orElse(StageFilter.ALL.names()));
  }

  private Fingerprint fingerprint(
      GoldenRun run, Dump prompt, List<String> captured, Workers workers) {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("bitref", Version.BITREF);
    parts.put("recipe", run.recipe().text());
    parts.put("config", run.inputs().config().toString());
    List<String> given = prompt.tensors().keySet().stream().filter(StageNames::isInput).toList();
    parts.put("inputs", Fingerprint.tensors(prompt, given, workers));
    run.anchor()
        .ifPresent(capture -> parts.put("anchor", Fingerprint.tensors(capture, captured, workers)));
    parts.putAll(options());
    return new Fingerprint(parts);
  }

  private Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("layers", layers.map(LayerList::text).orElse("all"));
    options.put("stages", stages.map(Pattern::pattern).orElse("all"));
    options.put("chunk", chunk.map(String::valueOf).orElse("none"));
    options.put("kv-dtype", cacheFormat.map(CacheFormat::name).orElse("as computed"));
    return options;
  }

  private Map<String, String> metadata(ModelRecipe rules, List<String> bridged) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("bitref", Version.BITREF);
    metadata.put("java", Runtime.version().toString());
    metadata.put("recipe", rules.name());
    metadata.put("recipe.rules", rules.text());
    metadata.put("checkpoint", fileName(model));
    metadata.put(
        "inputs", inputs.stream().map(GoldenCommand::fileName).collect(Collectors.joining(" ")));
    metadata.putAll(options());
    if (anchor != null) {
      metadata.put("anchor", fileName(anchor));
      metadata.put("bridged", String.join(" ", bridged));
    }
    return metadata;
  }

  private static String fileName(Path path) {
    return path.toAbsolutePath().normalize().getFileName().toString();
  }
}
