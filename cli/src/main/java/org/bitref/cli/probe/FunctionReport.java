package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;
import org.bitref.probe.Decoded.Evidence;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionFinding.Verdict;

/**
 * What decode found of functions.
 *
 * @param verdict {@code decoded} if each is, else {@code ambiguous} or {@code differs}
 * @param recipe a line for each that is decoded; null without one
 * @param evidence a sentence for each
 * @param next folder of the next round; null if there is none
 * @param provenance what the script noted
 */
record FunctionReport(
    String verdict,
    String recipe,
    List<Evidence> evidence,
    List<FunctionFinding> functions,
    String next,
    Map<String, String> provenance)
    implements Result {

  static FunctionReport of(
      List<FunctionFinding> functions, Optional<Path> next, Map<String, String> provenance) {
    String recipes =
        functions.stream()
            .filter(f -> f.verdict() == Verdict.DECODED)
            .map(f -> f.name() + " = " + f.recipe())
            .collect(Collectors.joining("\n"));
    List<Evidence> evidence = new ArrayList<>();
    functions.forEach(f -> evidence.add(new Evidence(f.name(), f.sentence())));
    return new FunctionReport(
        verdict(functions),
        recipes.isEmpty() ? null : recipes,
        evidence,
        functions,
        next.map(Path::toString).orElse(null),
        new TreeMap<>(provenance));
  }

  private static String verdict(List<FunctionFinding> functions) {
    if (functions.stream().anyMatch(f -> f.verdict() == Verdict.DIFFERS)) {
      return "differs";
    }
    boolean all = functions.stream().allMatch(f -> f.verdict() == Verdict.DECODED);
    return all ? "decoded" : "ambiguous";
  }

  @Override
  public Outcome outcome() {
    return verdict.equals("decoded") ? Outcome.OK : Outcome.UNDECIDED;
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder(verdict).append('\n');
    for (FunctionFinding f : functions) {
      text.append(f.name()).append('\n').append(Paragraph.of(f.sentence(), "    "));
      if (!f.same().isEmpty()) {
        String more = f.same().size() > 3 ? ", …" : "";
        String names = f.same().stream().limit(3).collect(Collectors.joining(", "));
        text.append(Paragraph.of("the same function: " + names + more, "    "));
      }
    }
    if (next != null) {
      text.append("next round: ").append(next).append('\n');
    }
    return text.toString();
  }
}
