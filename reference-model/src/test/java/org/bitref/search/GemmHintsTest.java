package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names as TensorRT and cuBLAS give them, and what they do to a search. */
class GemmHintsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sm90_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize128x256x64_cgasize2x1x1_warpgroupsize1x1x1"
            + " | sums in f16, tiles of 64 along K",
        "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize32x32x64_stage6_warpsize2x2x1_tensor16x8x16"
            + " | sums in f32, tiles of 64 along K",
        "sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize64x64x128_cgasize1x1x1"
            + " | sums in f32, tiles of 128 along K",
        "sm90_xmma_gemm_f32f32_tf32f32_f32_tn_n_tilesize128x256x32_execute_segment_k_off_kernel"
            + " | sums in f32, tiles of 32 along K",
        "nvjet_sm90_hsh_128x256_64x4_2x1_v_bz_coopA_TNN | sums in f32, tiles of 64 along K",
        "nvjet_hhh_64x8_64x16_1x4_h_bz_splitK_TNN | sums in f16, tiles of 64 along K, K split",
        "ampere_h16816gemm_128x64_ldg8_stages_64x3_tn | sums in f16, tiles of 64 along K",
        "ampere_fp16_s16816gemm_fp16_64x64_sliced1x2_ldg8_f2f_stages_64x5_tn"
            + " | sums in f32, tiles of 64 along K, tiles summed in 2 parts",
        "cutlass_80_tensorop_s16816gemm_bf16_splitK8_128x64_32x6_tn_align8"
            + " | sums in f32, tiles of 32 along K, K split in 8",
        "turing_fp16_s1688gemm_fp16_128x128_ldg8_f2f_nn | sums in f32",
        "myelin_softmax_0x123 | ''",
      })
  void namesSuggest(String name, String text) {
    assertEquals(text, GemmHints.ofKernel(name).text());
  }

  /** Of the functions that fit a small product two sum in float16 and two in float32. */
  @Test
  void theAccumulatorOfTheNameComesFirstAndNothingElseChanges() {
    for (String type : List.of("f16", "f32")) {
      Identification hinted = assertSame(33, "xmma_gemm_f16f16_f16%s_f16_tn".formatted(type));
      GemmRecipe first = (GemmRecipe) hinted.best().getFirst().recipe();
      assertTrue(first.text().contains("acc=" + type), first::text);
      assertEquals(Verdict.INCONCLUSIVE, hinted.verdict());
    }
  }

  /** Of the functions that fit one goes through K in order, and one sums tiles in two parts. */
  @Test
  void tilesSummedInPartsComeFirstIfTheNameSaysSo() {
    GemmRecipe plain = (GemmRecipe) search(30, GemmHints.NONE).best().getFirst().recipe();
    String kernel = "ampere_bf16_s16816gemm_bf16_64x64_sliced1x2_nn";
    GemmRecipe hinted = (GemmRecipe) assertSame(30, kernel).best().getFirst().recipe();
    assertTrue(hinted.text().contains("sliced(q=2"), hinted::text);
    assertEquals(0, GemmHints.ofKernel(kernel).contradictions(hinted));
    assertEquals(1, GemmHints.ofKernel(kernel).contradictions(plain));
  }

  /** Searches with and without the hint, and expects the same set. */
  private static Identification assertSame(long seed, String kernel) {
    Identification plain = search(seed, GemmHints.NONE);
    Identification hinted = search(seed, GemmHints.ofKernel(kernel));
    assertEquals(Set.copyOf(plain.best()), Set.copyOf(hinted.best()));
    assertEquals(recipes(plain.ties()), recipes(hinted.ties()));
    assertEquals(plain.verdict(), hinted.verdict());
    assertEquals(plain.outcome(), hinted.outcome());
    assertEquals(plain.tried(), hinted.tried());
    return hinted;
  }

  private static Set<?> recipes(List<Tie> ties) {
    return ties.stream().map(Tie::recipe).collect(Collectors.toSet());
  }

  private static Identification search(long seed, GemmHints hints) {
    GeneratedProducts generated = new GeneratedProducts(seed);
    try (Workers workers = new Workers(2)) {
      Captured<Product> product = generated.product(generated.inside(), workers);
      return GemmSearch.identify(product, Optional.empty(), hints, workers);
    }
  }
}
