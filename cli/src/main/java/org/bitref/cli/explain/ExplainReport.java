package org.bitref.cli.explain;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Markdown;
import org.bitref.cli.console.Summary;
import org.bitref.cli.console.UlpBucket;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.cli.words.FunctionWords;
import org.bitref.compare.TensorComparison;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.Trial;
import org.bitref.explain.PairStage;
import org.bitref.explain.Reading;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.search.Identification.Match;

/**
 * An explanation. Its JSON has error maps for the first pair only.
 *
 * @param arguments that were given, the command first
 * @param details whether people read all of it
 * @param files that were read
 * @param reading how
 * @param catalogue recipes decoded elsewhere, tried on every stage
 * @param engines the products of systems whose layers were described
 */
record ExplainReport(
    Explanation explanation,
    List<String> arguments,
    boolean details,
    List<String> files,
    Reading reading,
    List<Catalogue.Entry> catalogue,
    List<EngineProducts> engines)
    implements Summary {
  /** Tables beside that of the stages of each pair. */
  static final String[] TABLES = {"systems", "products"};

  /** The verdict, as the manual spells it. */
  String verdict() {
    return Story.verdict(explanation.verdict());
  }

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("paths", files);
    json.put("verdict", verdict());
    json.put("reason", Story.reason(explanation));
    json.put("systems", explanation.systems());
    json.put("inputs", inputs());
    json.put("transposed", reading.transposed());
    json.put("left_aside", reading.aside());
    if (!explanation.scope().isAll()) {
      json.put("looked_at", ScopeWords.json(explanation.scope()));
    }
    json.put("chain", Story.of(explanation, explanation.chain()));
    json.put(
        "other_chains",
        explanation.otherChains().stream().map(chain -> Story.of(explanation, chain)).toList());
    json.put("equal_pairs", explanation.equal().stream().map(ExplainReport::equal).toList());
    json.put("stages", explanation.stages().stream().map(this::stage).toList());
    json.put("catalogue", catalogue.stream().map(this::known).toList());
    json.put("products", products());
    return json;
  }

  private static Map<String, Object> equal(EqualPair pair) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("a", pair.a());
    json.put("b", pair.b());
    json.put("stages", pair.stages());
    json.put("total", pair.outputs());
    return json;
  }

  private Map<String, Object> inputs() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("shared", Story.shared(explanation.inputs()));
    json.put("checks", explanation.inputs().checks());
    return json;
  }

  private Map<String, Object> stage(StageReport stage) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", stage.name());
    json.put("systems", stage.systems().stream().map(s -> add(s, new LinkedHashMap<>())).toList());
    json.put("pairs", stage.pairs().stream().map(p -> add(p, new LinkedHashMap<>())).toList());
    return json;
  }

  private static Map<String, Object> add(SystemStage stage, Map<String, Object> json) {
    Optional<Recomputed> known = stage.recomputed();
    json.put("system", stage.system());
    json.put("dtype", stage.dtype().name());
    json.put("status", StageWords.status(stage));
    json.put("reason", StageWords.reason(stage));
    if (!stage.function().isEmpty()) {
      json.put("function", FunctionWords.of(stage.function()));
    }
    stage.overflow().ifPresent(o -> json.put("overflow", OverflowWords.json(stage.dtype(), o)));
    json.put("recipe", stage.best().map(Match::recipe));
    json.put("unrounded", known.map(Recomputed::unrounded).orElse(List.of()));
    json.put("evidence", known.map(k -> SearchEvidence.json(k.search())));
    json.put("own_error", known.map(Recomputed::ownError));
    json.put("inherited_error", known.flatMap(Recomputed::inheritedError));
    json.put("bound_excess", known.map(Recomputed::boundExcess).orElse(0.0));
    return json;
  }

  private Map<String, Object> add(PairStage pair, Map<String, Object> json) {
    TensorComparison c = pair.comparison();
    Chain chain = explanation.chain();
    boolean told = pair.a().equals(chain.a()) && pair.b().equals(chain.b());
    json.put("a", pair.a());
    json.put("b", pair.b());
    json.put("total", c.total());
    json.put("equal", c.equal());
    json.put("max_abs", c.maxAbs());
    json.put("mean_abs", pair.mean().mean());
    json.put("mean_abs_standard_error", pair.mean().standardError());
    json.put("rows", pair.mean().rows());
    json.put("max_ulp", Json.ulps(c.maxUlp()));
    json.put("cosine", c.cosine());
    json.put("ulp_histogram", UlpBucket.of(c.ulps()));
    json.put("cause", pair.cause());
    json.put("inherited_share", pair.cause().map(PairStage.Cause::inheritedShare));
    json.put("nearer", StageTables.nearer(pair));
    json.put("top_channels", pair.places().channels());
    json.put("top_tokens", pair.places().tokens());
    json.put("error_map", told ? pair.places().map() : null);
    return json;
  }

  /** A recipe of the catalogue and what it explains here. */
  private Map<String, Object> known(Catalogue.Entry entry) {
    Trial trial = explanation.trials().get(entry.stage());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", entry.name());
    json.put("device", entry.device());
    json.put("recipe", entry.stage());
    json.put("stages", trial.stages());
    json.put("ignored", ignored(trial));
    return json;
  }

  private static String ignored(Trial trial) {
    return trial.tried()
        ? ""
        : trial.misfit().map(SearchWords::misfit).orElse("no stage of its kind was captured");
  }

  Map<String, List<?>> tables() {
    List<Map<String, Object>> pairs = new ArrayList<>();
    List<Map<String, Object>> own = new ArrayList<>();
    for (StageReport stage : explanation.stages()) {
      stage.pairs().forEach(pair -> pairs.add(add(pair, row(stage))));
      stage.systems().forEach(system -> own.add(add(system, row(stage))));
    }
    return Map.of("", pairs, "systems", own, "products", products());
  }

  private List<EngineProducts.Row> products() {
    return engines.stream().flatMap(engine -> engine.products().stream()).toList();
  }

  private static Map<String, Object> row(StageReport stage) {
    return new LinkedHashMap<>(Map.of("stage", stage.name()));
  }

  @Override
  public void text(Lines text) {
    new ExplainText(explanation, reading, arguments, details, text).write();
    if (details) {
      text.blank();
      new DetailsText(explanation, text).write();
    } else {
      text.line("All stages, pairs and recipes: --details, or a page by --html FILE.");
    }
    engines.forEach(engine -> engine.text(text));
    for (Catalogue.Entry entry : catalogue) {
      Trial trial = explanation.trials().get(entry.stage());
      String none = trial.tried() ? "explains no stage here" : "is ignored: " + ignored(trial);
      String what = trial.stages().isEmpty() ? none : "explains " + trial.stages();
      text.paragraph("catalogue: %s (%s) %s.".formatted(entry.name(), entry.device(), what));
    }
  }

  @Override
  public void markdown(Markdown text) {
    ExplainMarkdown.write(this, text);
  }

  @Override
  public Outcome outcome() {
    return switch (explanation.verdict()) {
      case EQUAL, ROUNDING -> Outcome.OK;
      case UNEXPLAINED, CORRUPT, OTHER_FUNCTION, OVERFLOW -> Outcome.DIFFERENT;
      case INCONCLUSIVE -> Outcome.UNDECIDED;
    };
  }
}
