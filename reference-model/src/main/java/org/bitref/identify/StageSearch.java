package org.bitref.identify;

import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Finds the recipe of a captured stage. */
public final class StageSearch {
  private StageSearch() {}

  /**
   * Tries all recipes for a stage of this kind on what was captured.
   *
   * <p>Recipes that agree on random inputs of the same shape and type as well (a function of one
   * 16-bit number: on all of them) are one class.
   */
  public static Identification identify(StageCase stage, Workers workers) {
    return switch (stage) {
      case StageCase.Product(GemmCase gemm) -> GemmSearch.identify(gemm, workers);
      case StageCase.Norm norm -> NormSearch.search(norm, workers);
      case StageCase.Rotation _, StageCase.Pointwise _ ->
          ListSearch.search(stage, stage, StageRecipes.of(stage), workers);
      case StageCase.Attention attention ->
          ListSearch.search(stage, firstHead(attention), StageRecipes.of(stage), workers);
    };
  }

  /** How many elements are equal in bits, or both NaN. */
  public static long equal(Tensor a, Tensor b) {
    return StageBits.equal(a, b);
  }

  /** The first head of the first sequence. */
  private static StageCase firstHead(StageCase.Attention a) {
    Shape shape = a.q().shape();
    long d = shape.dim(3);
    long heads = shape.dim(1);
    int queries = shape.intDim(2);
    int keys = a.k().shape().intDim(2);
    TensorBuilder y = new TensorBuilder(a.y().dtype(), Shape.of(1, queries, d));
    for (int t = 0; t < queries; t++) {
      y.copy(t * d, a.y(), t * heads * d, d);
    }
    Tensor q = a.q().slice(0, Shape.of(1, 1, queries, d));
    Tensor k = a.k().slice(0, Shape.of(1, 1, keys, d));
    Tensor v = a.v().slice(0, Shape.of(1, 1, keys, d));
    Optional<boolean[]> visible = a.visible().map(all -> java.util.Arrays.copyOf(all, keys));
    return new StageCase.Attention(q, k, v, visible, y.build());
  }
}
