package org.bitref.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Product;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification.Match;
import org.bitref.search.space.StageSpace;
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
  public static Identification identify(Captured<?> stage, Workers workers) {
    return identify(stage, Device.UNKNOWN, workers);
  }

  /**
   * The same of a stage that this device computed.
   *
   * @param device of the recipes that fit, those that go with it come first; it excludes none
   */
  public static Identification identify(Captured<?> stage, Device device, Workers workers) {
    return switch (stage.operation()) {
      case Product gemm -> GemmSearch.some(new Captured<>(gemm, stage.y()), device, workers);
      case Norm norm -> NormSearch.search(new Captured<>(norm, stage.y()), device, workers);
      case Attention attention ->
          ListSearch.search(
              stage, firstHead(attention, stage.y()), StageSpace.of(stage), device, workers);
      default -> ListSearch.search(stage, stage, StageSpace.of(stage), device, workers);
    };
  }

  /**
   * What was found, or if nothing of it reproduces the stage, those of the recipes known from
   * elsewhere that do.
   *
   * @param device of several, those that go with it come first
   */
  public static Identification orKnown(
      Identification found,
      Captured<?> stage,
      List<StageRecipe> known,
      Device device,
      Workers workers) {
    if (found.verdict() != Verdict.UNEXPLAINED) {
      return found;
    }
    List<StageRecipe> fitting =
        known.stream()
            .filter(recipe -> stage.operation().kind().takes(recipe))
            .filter(recipe -> Misfit.of(recipe, stage).isEmpty())
            .filter(recipe -> reproduces(recipe, stage, workers))
            .sorted(device.order())
            .toList();
    return fitting.isEmpty() ? found : known(found, stage, fitting);
  }

  private static Identification known(
      Identification found, Captured<?> stage, List<StageRecipe> fitting) {
    StageRecipe first = fitting.getFirst();
    List<StageRecipe> others = new ArrayList<>(fitting.subList(1, fitting.size()));
    List<StageRecipe> same = others.stream().filter(other -> same(first, other, stage)).toList();
    others.removeAll(same);
    List<StageRecipe> classes = new ArrayList<>(List.of(first));
    classes.addAll(others);
    List<Tie> ties = new ArrayList<>();
    for (StageRecipe one : others.isEmpty() ? others : classes) {
      ties.add(new Tie(one, Tie.Other.PROBE));
    }
    Verdict verdict = ties.isEmpty() ? Verdict.IDENTIFIED : Verdict.AMBIGUOUS;
    return new Identification(
        new Outcome.Known(Outcome.Known.Source.GIVEN, verdict),
        found.total(),
        classes.stream().map(recipe -> new Match(recipe, found.total())).toList(),
        same,
        ties,
        List.of(),
        List.of(),
        found.tried());
  }

  private static boolean same(StageRecipe a, StageRecipe b, Captured<?> stage) {
    return stage.operation() instanceof Product gemm
        && GemmSearch.same((GemmRecipe) a, (GemmRecipe) b, gemm.depth(), gemm.columns());
  }

  /** True if the recipe gives every output; of a large product a corner is looked at first. */
  public static boolean reproduces(StageRecipe recipe, Captured<?> stage, Workers workers) {
    Captured<?> first =
        stage.operation() instanceof Product gemm
            ? Product.corner(new Captured<>(gemm, stage.y()), CORNER)
            : stage;
    return first.isReproducedBy(recipe, workers)
        && (first.equals(stage) || stage.isReproducedBy(recipe, workers));
  }

  /** The first head of the first sequence. */
  private static Captured<?> firstHead(Attention a, Tensor whole) {
    Shape shape = a.q().shape();
    long d = shape.dim(3);
    long heads = shape.dim(1);
    int queries = shape.intDim(2);
    int keys = a.k().shape().intDim(2);
    TensorBuilder y = new TensorBuilder(whole.dtype(), Shape.of(1, queries, d));
    for (int t = 0; t < queries; t++) {
      y.copy(t * d, whole, t * heads * d, d);
    }
    Tensor q = a.q().slice(0, Shape.of(1, 1, queries, d));
    Tensor k = a.k().slice(0, Shape.of(1, 1, keys, d));
    Tensor v = a.v().slice(0, Shape.of(1, 1, keys, d));
    Optional<boolean[]> visible = a.visible().map(all -> Arrays.copyOf(all, keys));
    Attention one = new Attention(q, k, v, visible).withFunction(a.function().ofHead(0));
    return new Captured<>(one, y.build());
  }
}
