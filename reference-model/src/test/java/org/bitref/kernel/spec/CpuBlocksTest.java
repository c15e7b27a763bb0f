package org.bitref.kernel.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.recipe.GemmRecipe;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the libraries under PyTorch's CPU products cut K, which MKL does by N as well. */
final class CpuBlocksTest {
  @ParameterizedTest
  @CsvSource({
    "'kblock(q=384,rule=mkl)', 1, 256, 1",
    "'kblock(q=384,rule=mkl)', 256, 256, 256",
    "'kblock(q=384,rule=mkl)', 384, 256, 384",
    "'kblock(q=384,rule=mkl)', 385, 256, 193 192",
    "'kblock(q=384,rule=mkl)', 704, 256, 352 352",
    "'kblock(q=384,rule=mkl)', 704, 16, 352 352",
    "'kblock(q=384,rule=mkl)', 768, 256, 384 384",
    "'kblock(q=384,rule=mkl)', 769, 192, 384 384 1",
    "'kblock(q=384,rule=mkl)', 769, 176, 384 193 192",
    "'kblock(q=384,rule=mkl)', 1000, 192, 384 384 232",
    "'kblock(q=384,rule=mkl)', 1000, 176, 384 308 308",
    "'kblock(q=384,rule=mkl)', 1152, 176, 384 384 384",
    "'kblock(q=384,rule=mkl)', 1153, 176, 384 384 193 192",
    "'kblock(q=1024,rule=onednn)', 512, 1, 512",
    "'kblock(q=1024,rule=onednn)', 513, 1, 512 1",
    "'kblock(q=1024,rule=onednn)', 704, 1, 512 192",
    "'kblock(q=1024,rule=onednn)', 1000, 1, 512 488",
    "'kblock(q=1024,rule=onednn)', 1024, 1, 512 512",
    "'kblock(q=1024,rule=onednn)', 1025, 1, 1024 1",
    "'kblock(q=1024,rule=onednn)', 2500, 1, 1024 1024 452"
  })
  void blocks(String chain, int k, int n, String lengths) {
    GemmRecipe recipe =
        GemmRecipe.parse("in=f32 | fma(acc=f32rne) | " + chain + " | none | none | none");
    assertEquals(chain, recipe.chain().text());
    List<Run> runs = KPlan.of(recipe, k, n).slices().getFirst();
    List<String> actual = runs.stream().map(run -> String.valueOf(run.length())).toList();
    assertEquals(lengths, String.join(" ", actual));
    assertEquals(k, runs.stream().mapToInt(Run::length).sum());
  }
}
