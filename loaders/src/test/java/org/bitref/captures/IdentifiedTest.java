package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bitref.captures.Identified.Known;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.Diagnosed;
import org.bitref.diagnose.Pattern;
import org.bitref.kernel.Workers;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Verdict;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Searches for the recipes of captured products. The table of all of them is in {@code
 * reference-model/docs/identified.md}; with {@code -Dbitref.identified=write} it is written instead
 * of compared.
 */
class IdentifiedTest {
  private static final Path TABLE = Path.of("..", "reference-model", "docs", "identified.md");

  private static final String INTRODUCTION =
      """
      # What `identify` says of captured products

      From x, w, y and the places of the captured rows and columns alone. \
      Under "functions" stands how many different functions reproduce every captured output: where \
      there are several, the sampled outputs are too few to part them, and the one that is known \
      from elsewhere is among them; from 64 on the search may stop, and not all are listed. Several \
      that are `identified` sum in one format, which the outputs tell from all others. The recipe \
      is the first of them. Written by `IdentifiedTest`:
      `mvn -pl loaders -am test -Plong -Dbitref.captures=DIR -Dbitref.identified=write \
      -Dtest=IdentifiedTest -Dsurefire.failIfNoSpecifiedTests=false`.

      | capture | output | verdict | functions | recipe | equal / total |
      |---|---|---|---|---|---|
      """;

  /** Of one slice, and of a split that takes its residue first. */
  private static final List<String> SAMPLE = List.of("kv3006.f16.y.accum16", "odd77.f16.y.accum16");

  @Test
  void findsWhatIsKnown() throws IOException {
    assumeCaptures();
    List<Known> sample =
        Identified.known().stream().filter(known -> SAMPLE.contains(known.output())).toList();
    assertEquals(SAMPLE.size(), sample.size());
    assertEquals(List.of(), wrong(searched(sample)));
  }

  @Test
  @Tag("long")
  void theDocumentIsWhatTheCapturesShow() throws IOException {
    assumeCaptures();
    StringBuilder text = new StringBuilder(INTRODUCTION);
    List<Identified> all = searched(Identified.known());
    all.forEach(one -> text.append(one.line()));
    text.append(corrupt("m48n264k2056.f16.compute32.y.6"));
    text.append(corrupt("m48n264k2056.bf16.compute32.y.6"));
    if (System.getProperty("bitref.identified", "").equals("write")) {
      Files.writeString(TABLE, text);
    }
    assertEquals(List.of(), wrong(all));
    assertEquals(Files.readString(TABLE), text.toString());
  }

  @Test
  void whatTheLibraryGotWrongIsCorrupt() {
    assumeCaptures();
    assertTrue(corrupt("m48n264k2056.f16.compute32.y.6").contains("| corrupt |"));
    assertTrue(corrupt("m48n264k2056.bf16.compute32.y.6").contains("| corrupt |"));
  }

  private static void assumeCaptures() {
    assumeTrue(
        !System.getProperty("bitref.captures", "").isEmpty(), "-Dbitref.captures names no folder");
  }

  private static List<Identified> searched(List<Known> products) {
    List<Identified> found = new ArrayList<>();
    try (Workers workers = new Workers(2)) {
      products.forEach(known -> found.add(known.search(workers)));
    }
    return found;
  }

  private static List<String> wrong(List<Identified> found) {
    return found.stream().filter(one -> !one.isRight()).map(Identified::line).toList();
  }

  /** The line of an output that the capture's metadata calls wrong. */
  private static String corrupt(String output) {
    try (TensorSource captures = Captures.capture("cublaslt-h100");
        Workers workers = new Workers(2)) {
      Identification found = Identified.search(captures, output, workers);
      Match nearest = found.best().getFirst();
      String verdict = found.verdict() == Verdict.CORRUPT ? "corrupt" : "missed";
      String reason =
          found.outcome() instanceof Diagnosed.Damaged(var corruption)
                  && corruption.pattern() == Pattern.K_MISSING
                  && corruption.damage() instanceof Damage.RangeOfK(int from, int to)
              ? "K from %s to %s was left out".formatted(from, to)
              : found.outcome().toString();
      return "| cublaslt-h100 | %s | %s | 0 | %s | %s / %s |%n"
          .formatted(output, verdict, reason, nearest.equal(), found.total());
    }
  }
}
