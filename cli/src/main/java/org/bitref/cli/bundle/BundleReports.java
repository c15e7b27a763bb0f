package org.bitref.cli.bundle;

import java.util.List;
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
   * @param verdict {@code holds} or {@code differs}
   * @param expected what the bundle says
   * @param found what came out here
   * @param madeBy the program that made the bundle
   */
  record Verified(
      String file,
      String verdict,
      String stage,
      String recipe,
      Finding expected,
      Finding found,
      Bundle.Made madeBy)
      implements Result {
    static Verified of(String file, Bundle bundle, Finding found) {
      Finding expected = bundle.finding();
      boolean holds =
          found.total() == expected.total()
              && found.equal() == expected.equal()
              && found.resultSha256().equals(expected.resultSha256());
      return new Verified(
          file,
          holds ? "holds" : "differs",
          bundle.stage(),
          bundle.recipe(),
          expected,
          found,
          bundle.made());
    }

    @Override
    public Outcome outcome() {
      return verdict.equals("holds") ? Outcome.OK : Outcome.DIFFERENT;
    }

    @Override
    public String text() {
      String head = recipe + "\n" + line(stage, found);
      return head
          + Paragraph.of(
              outcome() == Outcome.OK
                  ? "The finding holds: the same bits as where the bundle was made."
                  : "The finding does not hold: the bundle says %d of %d equal, result %s; here it is %s."
                      .formatted(
                          expected.equal(),
                          expected.total(),
                          expected.resultSha256().substring(0, 12),
                          found.resultSha256().substring(0, 12)),
              "")
          + "made by bitref %s, commit %s, Java %s%n"
              .formatted(madeBy.bitref(), madeBy.commit(), madeBy.java());
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
