package org.bitref.explain;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.model.StageNames;

/**
 * Which stages of a capture are judged. The others are read as inputs of these, no more.
 *
 * @param layers numbers of layers; all stages if empty, else those of no layer ({@code final_norm})
 *     are left out
 * @param kinds of stages, as {@link #kind} has them; all if empty
 */
public record Selection(Set<Integer> layers, Set<String> kinds) {
  /** Every stage. */
  public static final Selection ALL = new Selection(Set.of(), Set.of());

  private static final Pattern OF_LAYER = Pattern.compile("(layers\\.|kv\\.)\\d{1,6}\\.(.+)");

  /** The sets are copied. */
  public Selection {
    layers = Set.copyOf(layers);
    kinds = Set.copyOf(kinds);
  }

  /**
   * A stage's name without the number of its layer: {@code q_proj} of {@code layers.3.q_proj},
   * {@code kv.k} of {@code kv.3.k}, {@code logits}.
   */
  public static String kind(String stage) {
    Matcher matcher = OF_LAYER.matcher(stage);
    if (!matcher.matches()) {
      return stage;
    }
    return matcher.group(1).equals("kv.") ? "kv." + matcher.group(2) : matcher.group(2);
  }

  /** The layers that have one of these stages. */
  public static Set<Integer> layers(Iterable<String> stages) {
    Set<Integer> layers = new TreeSet<>();
    for (String stage : stages) {
      if (OF_LAYER.matcher(stage).matches()) {
        layers.add(StageNames.layer(stage));
      }
    }
    return layers;
  }

  /** True for a stage that is judged. */
  public boolean includes(String stage) {
    return (layers.isEmpty() || layers.contains(StageNames.layer(stage)))
        && (kinds.isEmpty() || kinds.contains(kind(stage)));
  }

  /** True if every stage is. */
  public boolean isAll() {
    return layers.isEmpty() && kinds.isEmpty();
  }
}
