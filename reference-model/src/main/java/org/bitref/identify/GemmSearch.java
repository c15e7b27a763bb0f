package org.bitref.identify;

import java.util.ArrayList;
import java.util.List;
import org.bitref.kernel.Workers;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmPresets;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.Recipes;

/** Finds the recipe of a captured matrix product. */
public final class GemmSearch {
  private GemmSearch() {}

  public static Identification identify(GemmCase gemm, Workers workers) {
    List<StageRecipe> list = new ArrayList<>();
    for (String model : Recipes.models()) {
      list.add(Recipes.model(model).of("layers.0.q_proj"));
    }
    GemmPresets.all().forEach(p -> list.add(p.recipe()));
    List<Match> matches = new ArrayList<>();
    List<StageRecipe> done = new ArrayList<>();
    for (StageRecipe r : list) {
      GemmRecipe g = (GemmRecipe) r;
      if (g.output() != gemm.y().dtype().format().orElseThrow() || done.contains(g)
          || g.in().x().precision() < gemm.x().dtype().format().orElseThrow().precision()) continue;
      done.add(g);
      long e = StageBits.equal(gemm.y(), StageRun.of(g, new StageCase.Product(gemm), workers));
      matches.add(new Match(g, e));
    }
    matches.sort((a, b) -> Long.compare(b.equal(), a.equal()));
    long total = gemm.y().elements();
    boolean found = !matches.isEmpty() && matches.getFirst().equal() == total;
    return new Identification(found ? Verdict.IDENTIFIED : Verdict.UNEXPLAINED, found ? "double" : "none", total, matches.stream().limit(5).toList(), List.of(), List.of(), List.of(), done.size());
  }
}
