package org.bitref.corruption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.bitref.identify.GemmCase;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.RandomTensors;
import org.bitref.kernel.Workers;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** No recipe leaves the bound of its family, and some come near it. */
class GemmBoundTest {
  private static final int[][] SHAPES = {
    {1, 1, 1}, {3, 5, 7}, {4, 6, 32}, {3, 9, 100}, {2, 70, 256}, {5, 4, 600}, {2, 3, 2049}
  };

  @Test
  void noRecipeLeavesItsFamily() {
    RandomRecipes recipes = new RandomRecipes(1);
    Map<String, Integer> tried = new HashMap<>();
    try (Workers workers = new Workers(2)) {
      for (int i = 0; i < 150; i++) {
        RandomRecipes.Case test = recipes.next();
        int[] shape = SHAPES[i % SHAPES.length];
        RandomTensors random = new RandomTensors(i);
        for (RandomTensors.Kind kind : RandomTensors.Kind.values()) {
          Tensor x = random.next(test.x(), kind, shape[0], shape[2]);
          Tensor w = random.next(test.w(), kind, shape[1], shape[2]);
          boolean with = i % 3 == 0;
          Tensor c = with ? random.next(DType.F32, kind, shape[0], shape[1]) : null;
          GemmOperands operands = with ? GemmOperands.NONE.withC(c) : GemmOperands.NONE;
          Tensor y = Kernels.gemm(test.recipe()).multiply(x, w, operands, workers);
          GemmBound bound = GemmBound.of(new GemmCase(x, w, y, c, null), workers);
          Bounded found = inside(bound, test.family());
          assertEquals(
              0,
              found.outside(),
              () -> kind + " " + java.util.Arrays.toString(shape) + " " + test.recipe() + " " + found);
          tried.merge(found.family(), 1, Integer::sum);
        }
      }
    }
    assertTrue(tried.size() >= 12, tried.toString());
  }

  private static Bounded inside(GemmBound bound, String family) {
    return bound.families().stream()
        .filter(candidate -> candidate.text().equals(family))
        .findFirst()
        .map(bound::check)
        .orElseGet(() -> bound.narrowest().orElse(bound.all().getLast()));
  }
}
