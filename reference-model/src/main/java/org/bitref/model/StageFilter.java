package org.bitref.model;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which stages a user asks for.
 *
 * @param layers true for the layers wanted; where a filter of layers is given, {@code final_norm}
 *     and {@code logits} belong to none
 * @param allLayers true if no filter of layers is given
 * @param names the whole stage name must match
 */
public record StageFilter(Predicate<Integer> layers, boolean allLayers, Pattern names) {
  /** Everything. */
  public static final StageFilter ALL = new StageFilter(i -> true, true, Pattern.compile(".*"));

  /** The stages of the plan that pass. */
  public Set<StageId> select(Plan plan) {
    Set<StageId> selected = new LinkedHashSet<>();
    for (Stage stage : plan.stages()) {
      if (inLayers(stage) && names.matcher(stage.id().name()).matches()) {
        selected.add(stage.id());
      }
    }
    return selected;
  }

  private boolean inLayers(Stage stage) {
    if (allLayers) {
      return true;
    }
    if (stage.id().layer() < 0) {
      return stage.inputs().isEmpty();
    }
    return layers.test(stage.id().layer());
  }
}
