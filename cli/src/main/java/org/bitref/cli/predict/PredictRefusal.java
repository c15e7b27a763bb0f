package org.bitref.cli.predict;

import org.bitref.cli.console.Numbers;
import org.bitref.predict.Measurement;
import org.bitref.predict.Prediction;
import org.bitref.predict.Reach;

/** Why there is no prediction, and what would be needed for one. */
final class PredictRefusal {
  private PredictRefusal() {}

  static String words(Measurement measured, Prediction asked, Reach reach) {
    String what =
        "No prediction for %s and %s: what was measured (%s, %s, %s) does not carry so far."
            .formatted(
                Numbers.count(asked.layers(), "layer"),
                Numbers.count(asked.tokens(), "token"),
                Numbers.count(measured.layers(), "layer"),
                Numbers.count(measured.tokens(), "token"),
                Numbers.count(measured.prompts(), "prompt"));
    String why =
        reach.layers() == 0
            ? " From the first layer on the range covers"
            : " It carries %s. Behind the last of them the range covers"
                .formatted(Numbers.count(reach.layers(), "layer"));
    String limit =
        " more than half of all drifts between its median and 1.41, that of two states with nothing"
            + " in common, and so no longer says which difference is too large. ";
    return what + why + limit + needed(measured, asked, reach);
  }

  private static String needed(Measurement measured, Prediction asked, Reach reach) {
    if (reach.neededLayers().isPresent()) {
      return "About %s measured layers that vary as these do would be enough (--measure %s)%s."
          .formatted(
              reach.neededLayers().get(),
              reach.neededLayers().get(),
              prompts(reach, ", or about "));
    }
    if (reach.neededPrompts().isPresent()) {
      return "Layers vary little enough; the growth with length is not known well enough."
          + prompts(reach, " It would take about ")
          + ".";
    }
    if (asked.tokens() > measured.tokens() && reach.layers() == 0) {
      return "No number of layers or prompts of this length would be enough: measure a longer"
          + " prompt.";
    }
    return "With layers that vary as these do no smaller number of layers is enough: measure all %s."
        .formatted(asked.layers());
  }

  private static String prompts(Reach reach, String before) {
    return reach
        .neededPrompts()
        .map(n -> before + "%s prompts (--prompts %s)".formatted(n, n))
        .orElse("");
  }
}
