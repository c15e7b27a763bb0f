package org.bitref.cli.bundle;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Result;
import org.bitref.search.Outcome;

/** What {@code bundle} prints. */
final class BundleReports {
  private BundleReports() {}

  /**
   * A bundle that was made.
   *
   * @param tensors names in it
   */
  record Made(
      String file, long bytes, String stage, String recipe, List<String> tensors, Finding finding)
      implements Result {
    @Override
    public String text() {
      return "%s%n%s%s%n%s, %d bytes%n"
          .formatted(recipe, line(stage, finding), privacy(), file, bytes);
    }

    private static String privacy() {
      return "It holds the captured values, the weights they met and the command line as given.";
    }
  }

  /**
   * A bundle that was run again.
   *
   * @param found what came out here
   */
  record Verified(String file, Bundle bundle, Finding found) implements Result {

    @JsonValue
    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("file", file);
      json.put("verdict", holds() ? "holds" : "differs");
      json.put("stage", bundle.stage());
      json.put("recipe", bundle.recipe());
      json.put("expected", bundle.finding());
      json.put("found", found);
      json.put("made_by", bundle.made());
      return json;
    }

    private boolean holds() {
      Finding expected = bundle.finding();
      return found.total() == expected.total()
          && found.equal() == expected.equal()
          && found.resultSha256().equals(expected.resultSha256());
    }

    @Override
    public Outcome outcome() {
      return holds() ? Outcome.OK : Outcome.DIFFERENT;
    }

    @Override
    public String text() {
      Finding expected = bundle.finding();
      Bundle.Made made = bundle.made();
      String verdict =
          holds()
              ? "The finding holds: the same bits as where the bundle was made."
              : "The finding does not hold: the bundle says %d of %d equal, result %s; here it is %s."
                  .formatted(
                      expected.equal(),
                      expected.total(),
                      expected.resultSha256().substring(0, 12),
                      found.resultSha256().substring(0, 12));
      return "%s%n%s%smade by bitref %s, commit %s, Java %s%n"
          .formatted(
              bundle.recipe(),
              line(bundle.stage(), found),
              Paragraph.of(verdict, ""),
              made.bitref(),
              made.commit(),
              made.java());
    }
  }

  private static String line(String stage, Finding f) {
    return "%s: %d of %d outputs equal, largest difference %.3g, %s ULP%n"
        .formatted(
            stage,
            f.equal(),
            f.total(),
            f.maxAbs(),
            f.maxUlp() == Long.MAX_VALUE ? "inf" : Long.toString(f.maxUlp()));
  }
}
