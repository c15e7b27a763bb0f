package org.bitref.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.Device;
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
  private final Device device;
  private final Workers workers;

  private NormAgreement(Map<String, Captured<?>> norms, Device device, Workers workers) {
    this.norms = norms;
    this.device = device;
    this.workers = workers;
  }

  /**
   * What is known of each norm, by its stage.
   *
   * @param searched what a search of each norm alone found
   * @param device that the system ran on
   */
  static Map<String, Identification> of(
      Map<String, Captured<?>> norms,
      Map<String, Identification> searched,
      Device device,
      Workers workers) {
    NormAgreement agreement = new NormAgreement(norms, device, workers);
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
    for (StageRecipe candidate : ofDevice(candidates).limit(MOST).toList()) {
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

  /** Those that do not go with the device only where no other fits any norm. */
  private Stream<StageRecipe> ofDevice(Set<StageRecipe> candidates) {
    boolean some = candidates.stream().anyMatch(one -> !device.isForeign(one));
    return candidates.stream().filter(one -> !some || !device.isForeign(one));
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
