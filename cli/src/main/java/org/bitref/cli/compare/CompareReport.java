package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bitref.cli.compare.KvComparison.Head;
import org.bitref.cli.compare.KvComparison.Layer;
import org.bitref.cli.compare.StageResult.Bucket;
import org.bitref.cli.compare.StageResult.Element;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;

/**
 * Two dumps, stage by stage in the order of computation.
 *
 * @param firstDifference the first stage that is unequal; null if there is none
 * @param kvCache null if there is none in both
 * @param rules null without {@code --rules}
 */
public record CompareReport(
    String a,
    String b,
    List<StageResult> stages,
    String firstDifference,
    boolean allEqual,
    @JsonProperty("only_in_a") List<String> onlyInA,
    @JsonProperty("only_in_b") List<String> onlyInB,
    @JsonInclude(JsonInclude.Include.NON_NULL) KvComparison kvCache,
    @JsonInclude(JsonInclude.Include.NON_NULL) Judgement rules,
    String verdict)
    implements Result {
  /** Tables beside that of the stages. */
  static final String[] TABLES = {"ulp", "worst", "kv", "heads", "rules"};

  /** A bucket of a tensor's histogram. */
  private record BucketRow(String tensor, @JsonUnwrapped Bucket bucket) {}

  /** One of the worst elements of a tensor. */
  private record WorstRow(String tensor, @JsonUnwrapped Element element) {}

  CompareReport(String a, String b, List<StageResult> stages, Pairs pairs, KvComparison kvCache) {
    this(
        a,
        b,
        stages,
        stages.stream().filter(s -> !s.allEqual()).findFirst().map(StageResult::name).orElse(null),
        stages.stream().allMatch(StageResult::allEqual),
        pairs.onlyA(),
        pairs.onlyB(),
        kvCache,
        null,
        verdictOf(stages));
  }

  /** The same, judged by rules: these decide the exit code. */
  CompareReport judged(Judgement judgement) {
    return new CompareReport(
        a,
        b,
        stages,
        firstDifference,
        allEqual,
        onlyInA,
        onlyInB,
        kvCache,
        judgement,
        verdict + " " + judgement.verdict());
  }

  private static String verdictOf(List<StageResult> stages) {
    List<StageResult> unequal = stages.stream().filter(s -> !s.allEqual()).toList();
    if (unequal.isEmpty()) {
      return "Equal: all "
          + Numbers.count(stages.size(), "tensor")
          + ", "
          + Numbers.count(stages.stream().mapToLong(StageResult::total).sum(), "element")
          + ", bit for bit.";
    }
    StageResult first = unequal.getFirst();
    return "Unequal: %d of %s; first %s: %d of %d, max %s %s ULP."
        .formatted(
            unequal.size(),
            Numbers.count(stages.size(), "tensor"),
            first.name(),
            first.unequal(),
            first.total(),
            Numbers.ulps(first.maxUlp()),
            first.dtype());
  }

  /** A head of a layer. */
  private record HeadRow(int layer, @JsonUnwrapped Head head) {}

  Map<String, List<?>> tables() {
    List<Layer> layers = kvCache == null ? List.of() : kvCache.layers();
    List<HeadRow> heads = new ArrayList<>();
    for (Layer layer : layers) {
      List<Head> of = layer.heads() == null ? List.of() : layer.heads();
      of.forEach(head -> heads.add(new HeadRow(layer.layer(), head)));
    }
    List<BucketRow> buckets = new ArrayList<>();
    List<WorstRow> worst = new ArrayList<>();
    for (StageResult stage : stages) {
      stage.ulpHistogram().forEach(bucket -> buckets.add(new BucketRow(stage.name(), bucket)));
      stage.worst().forEach(element -> worst.add(new WorstRow(stage.name(), element)));
    }
    return Map.of(
        "",
        stages,
        "ulp",
        buckets,
        "worst",
        worst,
        "kv",
        layers,
        "heads",
        heads,
        "rules",
        rules == null ? List.of() : rules.tensors());
  }

  /** Number of tensors compared. */
  public int tensors() {
    return stages.size();
  }

  /** Number of tensors that are equal. */
  public long equalTensors() {
    return stages.stream().filter(StageResult::allEqual).count();
  }

  /** Number of elements compared. */
  public long elements() {
    return stages.stream().mapToLong(StageResult::total).sum();
  }

  /** Number of elements that are equal. */
  public long equalElements() {
    return stages.stream().mapToLong(StageResult::equal).sum();
  }

  StageResult first() {
    return stages.stream().filter(s -> !s.allEqual()).findFirst().orElseThrow();
  }

  @Override
  public int exitCode() {
    return (rules == null ? allEqual : rules.holds()) ? 0 : 1;
  }

  @Override
  public String text() {
    return new CompareText(this).toString();
  }
}
