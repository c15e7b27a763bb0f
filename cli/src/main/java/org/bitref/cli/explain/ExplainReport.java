package org.bitref.cli.explain;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.cli.console.Result;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.Preflight;
import org.bitref.search.Outcome;

/**
 * An explanation as the JSON object has it.
 *
 * @param otherChains the stories of other pairs; error maps stand in {@code stages} for the first
 *     pair only
 * @param catalogue recipes decoded elsewhere, each with the stages that it reproduces
 * @param verdict {@code equal}, {@code rounding}, {@code unexplained}, {@code corrupt} or {@code
 *     inconclusive}
 */
record ExplainReport(
    List<String> files,
    String verdict,
    String reason,
    List<SystemInfo> systems,
    Preflight inputs,
    Chain chain,
    List<Chain> otherChains,
    List<EqualPair> equal,
    List<StageLine> stages,
    List<KnownRecipe> catalogue,
    @JsonIgnore Explanation explanation)
    implements Result {
  /** Tables beside that of the stages of each pair. */
  static final String[] TABLES = {"systems"};

  /** A stage of two systems. */
  private record PairRow(String stage, @JsonUnwrapped StageLine.OfPair pair) {}

  /** A stage of one system. */
  private record SystemRow(String stage, @JsonUnwrapped StageLine.OfSystem system) {}

  ExplainReport(Explanation e, List<String> files, List<Catalogue.Entry> catalogue) {
    this(
        files,
        e.verdict().name().toLowerCase(Locale.ROOT),
        e.reason(),
        e.systems(),
        e.inputs(),
        e.chain(),
        e.chains().subList(1, e.chains().size()),
        e.equal(),
        e.stages().stream().map(stage -> StageLine.of(stage, e.chain())).toList(),
        catalogue.stream().map(entry -> KnownRecipe.of(entry, e)).toList(),
        e);
  }

  Map<String, List<?>> tables() {
    List<PairRow> pairs = new ArrayList<>();
    List<SystemRow> own = new ArrayList<>();
    for (StageLine stage : stages) {
      stage.pairs().forEach(pair -> pairs.add(new PairRow(stage.name(), pair)));
      stage.systems().forEach(system -> own.add(new SystemRow(stage.name(), system)));
    }
    return Map.of("", pairs, "systems", own);
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder(new ExplainText(explanation).toString());
    catalogue.forEach(known -> text.append(known.text()));
    return text.toString();
  }

  @Override
  public Outcome outcome() {
    return switch (explanation.verdict()) {
      case EQUAL, ROUNDING -> Outcome.OK;
      case UNEXPLAINED, CORRUPT -> Outcome.DIFFERENT;
      case INCONCLUSIVE -> Outcome.UNDECIDED;
    };
  }
}
