package org.bitref.cli.probe;

import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;
import org.bitref.probe.Decoded.Evidence;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionFinding.Verdict;
import org.bitref.search.Outcome;

/**
 * What decode found of functions.
 *
 * @param next folder of the next round
 * @param provenance what the script noted
 */
record FunctionReport(
    List<FunctionFinding> functions, Optional<Path> next, Map<String, String> provenance)
    implements Result {

  /** Decoded if each is. */
  private Verdict verdict() {
    if (functions.stream().anyMatch(f -> f.verdict() == Verdict.DIFFERS)) {
      return Verdict.DIFFERS;
    }
    boolean all = functions.stream().allMatch(f -> f.verdict() == Verdict.DECODED);
    return all ? Verdict.DECODED : Verdict.AMBIGUOUS;
  }

  private String verdictText() {
    return verdict().name().toLowerCase(Locale.ROOT);
  }

  @JsonValue
  Map<String, Object> json() {
    String recipes =
        functions.stream()
            .filter(f -> f.verdict() == Verdict.DECODED)
            .map(f -> f.name() + " = " + f.recipe())
            .collect(Collectors.joining("\n"));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("verdict", verdictText());
    json.put("recipe", Optional.of(recipes).filter(text -> !text.isEmpty()));
    json.put(
        "evidence",
        functions.stream().map(f -> new Evidence(f.name(), DecodeWords.sentence(f))).toList());
    json.put("functions", functions);
    json.put("next", next.map(Path::toString));
    json.put("provenance", new TreeMap<>(provenance));
    return json;
  }

  @Override
  public Outcome outcome() {
    return verdict() == Verdict.DECODED ? Outcome.OK : Outcome.UNDECIDED;
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder(verdictText()).append('\n');
    for (FunctionFinding f : functions) {
      text.append(f.name()).append('\n').append(Paragraph.of(DecodeWords.sentence(f), "    "));
      if (!f.same().isEmpty()) {
        String more = f.same().size() > 3 ? ", …" : "";
        String names = f.same().stream().limit(3).collect(Collectors.joining(", "));
        text.append(Paragraph.of("the same function: " + names + more, "    "));
      }
    }
    next.ifPresent(folder -> text.append("next round: ").append(folder).append('\n'));
    return text.toString();
  }
}
