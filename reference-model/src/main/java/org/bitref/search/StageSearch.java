package org.bitref.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.operation.GemmCase;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Finds the recipe of a captured stage. */
public final class StageSearch {
  /** Multiply-adds of a corner. */
  private static final long CORNER = 1 << 18;

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

  /**
   * What was found, or if nothing of it reproduces the stage, those of the recipes known from
   * elsewhere that do.
   */
  public static Identification orKnown(
      Identification found, StageCase stage, List<StageRecipe> known, Workers workers) {
    if (found.verdict() != Verdict.UNEXPLAINED && found.verdict() != Verdict.CORRUPT) {
      return found;
    }
    List<StageRecipe> fitting =
        known.stream()
            .filter(recipe -> StageFit.isOfKind(recipe, stage))
            .filter(recipe -> StageFit.misfit(recipe, stage).isEmpty())
            .filter(recipe -> reproduces(recipe, stage, workers))
            .toList();
    return fitting.isEmpty() ? found : known(found, stage, fitting);
  }

  private static Identification known(
      Identification found, StageCase stage, List<StageRecipe> fitting) {
    StageRecipe first = fitting.getFirst();
    List<StageRecipe> others = new ArrayList<>(fitting.subList(1, fitting.size()));
    List<StageRecipe> same = others.stream().filter(other -> same(first, other, stage)).toList();
    others.removeAll(same);
    List<StageRecipe> classes = new ArrayList<>(List.of(first));
    classes.addAll(others);
    List<Tie> ties = new ArrayList<>();
    for (StageRecipe one : others.isEmpty() ? others : classes) {
      ties.add(new Tie(one, "a probe of the device at this shape"));
    }
    return new Identification(
        ties.isEmpty() ? Verdict.IDENTIFIED : Verdict.AMBIGUOUS,
        "no function of "
            + found.tried()
            + " that were searched reproduces all outputs, but what was known before does",
        found.total(),
        classes.stream().map(recipe -> new Match(recipe, found.total())).toList(),
        same,
        ties,
        List.of(),
        "",
        "",
        List.of(),
        found.tried());
  }

  private static boolean same(StageRecipe a, StageRecipe b, StageCase stage) {
    return stage instanceof StageCase.Product(GemmCase gemm)
        && GemmSearch.same((GemmRecipe) a, (GemmRecipe) b, gemm.depth(), gemm.columns());
  }

  /** True if the recipe gives every output; of a large product a corner is looked at first. */
  public static boolean reproduces(StageRecipe recipe, StageCase stage, Workers workers) {
    StageCase first =
        stage instanceof StageCase.Product(GemmCase gemm)
            ? new StageCase.Product(gemm.corner(CORNER))
            : stage;
    return all(recipe, first, workers) && (first.equals(stage) || all(recipe, stage, workers));
  }

  private static boolean all(StageRecipe recipe, StageCase stage, Workers workers) {
    return equal(StageRun.of(recipe, stage, workers), stage.y()) == stage.y().elements();
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
    Optional<boolean[]> visible = a.visible().map(all -> Arrays.copyOf(all, keys));
    return new StageCase.Attention(q, k, v, visible, y.build());
  }
}
