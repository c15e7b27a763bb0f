package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.compare.KvComparison.Head;
import org.bitref.cli.compare.KvComparison.Layer;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Markdown;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Summary;
import org.bitref.cli.console.UlpBucket;
import org.bitref.compare.verdict.Verdict;

/**
 * Two dumps, stage by stage in the order of computation.
 *
 * @param kvCache empty if there is none in both
 * @param details of the caches
 * @param rules empty without {@code --rules}; else they decide the exit code
 * @param inFull whether text has every row, histogram and element, not one screen
 */
public record CompareReport(
    String a,
    String b,
    List<StageResult> stages,
    Pairs pairs,
    Optional<KvComparison> kvCache,
    KvDetails details,
    Optional<Judgement> rules,
    boolean inFull)
    implements Summary {
  /** Tables beside that of the stages. */
  static final String[] TABLES = {"ulp", "worst", "kv", "heads", "tokens", "nearest", "rules"};

  /** A row of a table of parts of tensors. */
  private record OfTensor(String tensor, @JsonUnwrapped Object part) {}

  /** The two files. */
  private record Paths(String a, String b) {}

  /** How many of all. */
  public record Count(long equal, long total) {}

  /** A head of a layer. */
  private record OfLayer(int layer, @JsonUnwrapped Head head) {}

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("paths", new Paths(a, b));
    json.put("verdict", judged().map(StageResult::verdict).map(Json::token).orElse("equal"));
    json.put("reason", reason());
    judged().ifPresent(stage -> json.put("judgement", judgement(stage)));
    json.put("tensors", tensors());
    json.put("elements", elements());
    json.put("first_difference", firstDifference());
    json.put("stages", stages);
    json.put("only_in_a", pairs.onlyA());
    json.put("only_in_b", pairs.onlyB());
    kvCache.ifPresent(cache -> json.put("kv_cache", cache));
    details.json(json);
    rules.ifPresent(judgement -> json.put("rules", judgement));
    return json;
  }

  private static Map<String, Object> judgement(StageResult stage) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("tensor", stage.name());
    json.putAll(VerdictJson.of(stage.name(), stage.findings().verdict()));
    return json;
  }

  /** Tensors whose difference is more than rounding, or may be, in the order of computation. */
  List<StageResult> beyondRounding() {
    return stages.stream()
        .filter(stage -> stage.verdict() != Verdict.EQUAL && stage.verdict() != Verdict.ROUNDING)
        .toList();
  }

  /**
   * The tensor whose verdict is that of all: the first that is structured or corrupt, else the
   * first undecided, else the first unequal; empty if all are equal. What comes after it inherits
   * from it.
   */
  Optional<StageResult> judged() {
    List<StageResult> beyond = beyondRounding();
    return beyond.stream()
        .filter(stage -> stage.verdict() != Verdict.UNDECIDED)
        .findFirst()
        .or(() -> beyond.stream().findFirst())
        .or(this::first);
  }

  Map<String, List<?>> tables() {
    List<Layer> layers = kvCache.map(KvComparison::layers).orElse(List.of());
    List<OfLayer> heads = new ArrayList<>();
    layers.forEach(l -> l.heads().forEach(head -> heads.add(new OfLayer(l.layer(), head))));
    List<OfTensor> buckets = new ArrayList<>();
    List<OfTensor> worst = new ArrayList<>();
    for (StageResult stage : stages) {
      UlpBucket.of(stage.figures().ulps()).forEach(b -> buckets.add(new OfTensor(stage.name(), b)));
      stage.figures().worst().forEach(element -> worst.add(new OfTensor(stage.name(), element)));
    }
    Map<String, List<?>> tables = new LinkedHashMap<>();
    tables.put("", stages);
    tables.put("ulp", buckets);
    tables.put("worst", worst);
    tables.put("kv", layers);
    tables.put("heads", heads);
    details.tables(tables);
    tables.put("rules", rules.map(Judgement::tensors).orElse(List.of()));
    return tables;
  }

  /** Tensors that are equal in every element, and all that were compared. */
  public Count tensors() {
    return new Count(stages.stream().filter(StageResult::allEqual).count(), stages.size());
  }

  /** Elements that are equal, and all that were compared. */
  public Count elements() {
    return new Count(
        stages.stream().mapToLong(stage -> stage.figures().equal()).sum(),
        stages.stream().mapToLong(stage -> stage.figures().total()).sum());
  }

  /** The first stage that is unequal; one that rounding makes equal only if there is no other. */
  Optional<StageResult> first() {
    List<StageResult> unequal = stages.stream().filter(stage -> !stage.allEqual()).toList();
    return unequal.stream()
        .filter(stage -> !stage.isEqualRounded())
        .findFirst()
        .or(() -> unequal.stream().findFirst());
  }

  /** Its name. */
  public Optional<String> firstDifference() {
    return first().map(StageResult::name);
  }

  /** The result in one or two sentences. */
  String reason() {
    return equality() + rules.map(judgement -> " " + judgement.reason()).orElse("");
  }

  /** How many tensors are equal, in a sentence. */
  String equality() {
    return first().map(this::unequal).orElseGet(this::equal);
  }

  private String equal() {
    boolean one = stages.stream().allMatch(s -> s.types().storedA() == s.types().storedB());
    return "Equal: all %s, %s, %s."
        .formatted(
            Numbers.count(tensors().total(), "tensor"),
            Numbers.count(elements().total(), "element"),
            one ? "bit for bit" : "value for value; types differ");
  }

  private String unequal(StageResult first) {
    String which =
        "Unequal: %s of %s; first %s: "
            .formatted(
                tensors().total() - tensors().equal(),
                Numbers.count(tensors().total(), "tensor"),
                first.name());
    if (first.isEqualRounded()) {
      return "%sequal after rounding to %s; types differ."
          .formatted(which, first.figures().dtype().format().orElseThrow());
    }
    return "%s%s of %s, max %s %s ULP."
        .formatted(
            which,
            first.figures().unequal(),
            first.figures().total(),
            Numbers.ulps(first.figures().maxUlp()),
            first.figures().dtype());
  }

  @Override
  public Outcome outcome() {
    boolean holds = rules.map(Judgement::holds).orElse(first().isEmpty());
    return holds ? Outcome.OK : Outcome.DIFFERENT;
  }

  @Override
  public void markdown(Markdown text) {
    CompareMarkdown.write(this, text);
  }

  @Override
  public void text(Lines text) {
    new CompareText(this, text).write();
  }
}
