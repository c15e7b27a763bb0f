package org.bitref.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.StageNames;

/** Other captured stages of the layer in the place of a target's inputs. */
final class InputVariants {
  private InputVariants() {}

  /**
   * @param target the only stage that is computed
   */
  static List<Variant> of(Replay replay, Stage target) {
    List<Variant> variants = new ArrayList<>();
    for (int i = 0; i < target.inputs().size(); i++) {
      StageId input = target.inputs().get(i);
      Optional<Rows> usual = replay.stored(input.name());
      if (usual.isPresent() && input.layer() == target.id().layer()) {
        variants.addAll(of(replay, target, i, usual.get().width()));
      }
    }
    return variants;
  }

  private static List<Variant> of(Replay replay, Stage target, int place, int width) {
    List<Variant> variants = new ArrayList<>();
    for (Stage other : replay.plan().stages()) {
      String name = other.id().name();
      boolean same = other.id().equals(target.id()) || target.inputs().contains(other.id());
      boolean fits = other.id().layer() == target.id().layer() && !same;
      if (fits && replay.stored(name).filter(rows -> rows.width() == width).isPresent()) {
        variants.add(
            new Variant(
                new OtherFunction.InputOf(StageNames.last(name)),
                Set.of(StageNames.last(target.id().name())),
                step -> step.with(place, replay.stored(name).orElseThrow()).normal()));
      }
    }
    return variants;
  }
}
