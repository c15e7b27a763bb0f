package org.bitref.recipe;

import java.util.List;
import org.bitref.numerics.Format;

/**
 * The recipe that a library takes at the sizes at hand, {@code bysize(cublas-f16)}: it is looked up
 * in a {@link SizeTable}. It has no arithmetic of its own; {@link #at} gives the one that has.
 *
 * @param name of the table and of the preset that it refines
 */
public record BySize(String name) implements StageRecipe {
  /**
   * @throws IllegalArgumentException if there is no table of this name
   */
  public BySize {
    SizeTable.get(name);
  }

  static BySize keys(Keys<BySize> keys) {
    return new BySize(keys.bare(Value.WORD, BySize::name));
  }

  @Override
  public Chosen at(Sizes sizes) {
    return SizeTable.get(name).at(sizes);
  }

  @Override
  public List<StageRecipe> candidates() {
    return SizeTable.get(name).recipes();
  }

  /** All that a table holds store the same format. */
  @Override
  public Format output() {
    return candidates().getFirst().output();
  }
}
