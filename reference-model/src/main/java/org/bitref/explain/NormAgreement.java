package org.bitref.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Tie;
import org.bitref.search.Verdict;

/**
 * The norms of one system together. Behind a rounding to 16 bits many orders of a sum fit a norm;
 * the one that fits all norms of the system is named first.
 */
final class NormAgreement {
  private static final int MOST = 64;

  private final Map<String, Captured<?>> norms;
  private final Map<String, Identification> found = new LinkedHashMap<>();
  private final Workers workers;

  private NormAgreement(Map<String, Captured<?>> norms, Workers workers) {
    this.norms = norms;
    this.workers = workers;
  }

  /**
   * What is known of each norm, by its stage.
   *
   * @param searched what a search of each norm alone found
   */
  static Map<String, Identification> of(
      Map<String, Captured<?>> norms, Map<String, Identification> searched, Workers workers) {
    NormAgreement agreement = new NormAgreement(norms, workers);
    agreement.found.putAll(searched);
    agreement.agree();
    return agreement.found;
  }

  private void agree() {
    Set<StageRecipe> candidates = new LinkedHashSet<>();
    for (Identification identification : found.values()) {
      if (reproduced(identification)) {
        candidates.add(identification.best().getFirst().recipe());
        candidates.addAll(identification.same());
        identification.ties().forEach(tie -> candidates.add(tie.recipe()));
      }
    }
    List<String> most = List.of();
    Optional<StageRecipe> best = Optional.empty();
    for (StageRecipe candidate : candidates.stream().limit(MOST).toList()) {
      List<String> fits = fits(candidate);
      if (fits.size() > most.size()) {
        most = fits;
        best = Optional.of(candidate);
      }
      if (most.size() == norms.size()) {
        break;
      }
    }
    for (String stage : most) {
      found.put(stage, ahead(found.get(stage), best.orElseThrow()));
    }
  }

  static boolean reproduced(Identification found) {
    return found.verdict() == Verdict.IDENTIFIED || found.verdict() == Verdict.AMBIGUOUS;
  }

  private List<String> fits(StageRecipe recipe) {
    List<String> fits = new ArrayList<>();
    norms.forEach(
        (stage, norm) -> {
          boolean whole =
              recipe.output() == norm.y().dtype().format().orElseThrow()
                  && norm.isReproducedBy(recipe, workers);
          if (whole) {
            fits.add(stage);
          }
        });
    return fits;
  }

  /** The same with this recipe first. */
  static Identification ahead(Identification i, StageRecipe recipe) {
    List<Match> best = new ArrayList<>(i.best());
    best.removeIf(match -> match.recipe().equals(recipe));
    best.addFirst(new Match(recipe, i.total()));
    List<Tie> ties = new ArrayList<>(i.ties());
    // A stable sort: false comes first.
    ties.sort(Comparator.comparing(tie -> !tie.recipe().equals(recipe)));
    return new Identification(
        i.outcome(), i.total(), best, i.same(), ties, i.tiles(), i.excluded(), i.tried());
  }
}
