package org.bitref.cli.bundle;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.cli.console.Lines;
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
      String path, long bytes, String stage, String recipe, List<String> tensors, Finding finding)
      implements Result {
    @Override
    public void text(Lines text) {
      text.paragraph(recipe);
      text.paragraph(line(stage, finding));
      text.paragraph(
          "It holds the captured values, the weights they met and the command line as given.");
      text.line(path + ", " + bytes + " bytes");
    }
  }

  /**
   * A bundle that was run again.
   *
   * @param found what came out here
   */
  record Verified(String path, Bundle bundle, Finding found) implements Result {

    @JsonValue
    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("path", path);
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
    public void text(Lines text) {
      Finding expected = bundle.finding();
      Bundle.Made made = bundle.made();
      String verdict =
          holds()
              ? "The finding holds: the same bits as where the bundle was made."
              : "The finding does not hold: the bundle says %s of %s equal, result %s; here it is %s."
                  .formatted(
                      expected.equal(),
                      expected.total(),
                      expected.resultSha256().substring(0, 12),
                      found.resultSha256().substring(0, 12));
      text.line(bundle.recipe());
      text.line(line(bundle.stage(), found));
      text.paragraph(verdict);
      text.line(
          "made by bitref %s, commit %s, Java %s"
              .formatted(made.bitref(), made.commit(), made.java()));
    }
  }

  private static String line(String stage, Finding f) {
    return String.format(
        Locale.ROOT,
        "%s: %d of %d outputs equal, largest difference %.3g, %s ULP",
        stage,
        f.equal(),
        f.total(),
        f.maxAbs(),
        f.maxUlp() == Long.MAX_VALUE ? "inf" : Long.toString(f.maxUlp()));
  }
}
