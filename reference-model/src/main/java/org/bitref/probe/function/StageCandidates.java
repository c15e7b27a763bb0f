package org.bitref.probe.function;

import java.util.List;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.SoftmaxKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.numerics.Format;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.search.space.RowSpace;
import org.bitref.search.space.StageSpace;

/** The recipes of silu and of softmax, those of libraries first. */
final class StageCandidates {
  private StageCandidates() {}

  static List<Candidate> silu(Format format, Workers workers) {
    return StageSpace.silus(format).stream()
        .map(
            recipe ->
                Candidate.ofPoints(
                    recipe.text(),
                    isOfH100(recipe.exponential()),
                    x -> new PointKernel(recipe).run(x, workers)))
        .toList();
  }

  static List<Candidate> softmax(Format format, Workers workers) {
    return RowSpace.softmaxes(format).stream()
        .map(
            recipe ->
                new Candidate(
                    recipe.text(),
                    isOfH100(recipe.exponential()),
                    x -> new SoftmaxKernel(recipe).run(x, workers),
                    x -> new SoftmaxKernel(unrounded(recipe)).run(x, workers)))
        .toList();
  }

  private static SoftmaxRecipe unrounded(SoftmaxRecipe r) {
    return new SoftmaxRecipe(
        r.calc(), r.step(), r.exponential(), r.sum(), r.quotient(), Format.F32);
  }

  private static boolean isOfH100(Exponential exponential) {
    return exponential == Exponential.CUDA || exponential == Exponential.FAST;
  }
}
