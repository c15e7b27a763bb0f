package org.bitref.loaders.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bitref.loaders.engine.EngineRecipe.Basis;
import org.bitref.loaders.engine.EngineRecipe.Doubt;
import org.bitref.loaders.trtexec.TrtLayer;
import org.bitref.numerics.Format;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Sizes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EngineRecipeTest {
  private static final String F16 = "sm90_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize64x64x64_beta0";
  private static final String F32 = "sm90_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_beta0";
  private static final String HALF =
      "in=f16 | fda(w=16,F=25,acc=f16rne,floor=-21) | seq | none | none | cvt(f16,rne)";
  private static final String SINGLE =
      "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";

  /** Lines of a name and a tactic; h and s stand for products with float16 and float32 sums. */
  private static EngineRecipe read(String lines) {
    return read(lines, 1, _ -> Optional.empty());
  }

  private static EngineRecipe read(
      String lines, int depth, Function<String, Optional<Sizes>> sizes) {
    List<TrtLayer> layers = new ArrayList<>();
    for (String line : lines.strip().lines().map(String::strip).toList()) {
      String[] words = line.split(" +", -1);
      String tactic =
          switch (words.length > 1 ? words[1] : "") {
            case "h" -> F16;
            case "s" -> F32;
            case "" -> words[0] + "_0x00";
            default -> words[1];
          };
      String type = words[0].startsWith("__mye") ? "signal" : "kgen";
      layers.add(new TrtLayer(words[0], type, Optional.of(tactic), List.of(), List.of(), ""));
    }
    return EngineRecipe.of("engine", layers, depth, sizes, Optional.empty());
  }

  private static String of(EngineRecipe recipe, String stage) {
    return recipe.rules().of(stage).text();
  }

  private static void assertRecipes(EngineRecipe recipe, int layer, String half, String single) {
    for (String stage : half.split(" ", -1)) {
      assertEquals(HALF, of(recipe, "layers." + layer + "." + stage), stage);
    }
    for (String stage : single.split(" ", -1)) {
      assertEquals(SINGLE, of(recipe, "layers." + layer + "." + stage), stage);
    }
  }

  private static AttentionRecipe attention(EngineRecipe recipe, int layer) {
    return (AttentionRecipe) recipe.rules().of("layers." + layer + ".attn_out");
  }

  private static final String MARKED =
      """
      __myl_MovCasMulMeaAddSqrDivMulCasMul_myl0_1
      __mye39_myl0_2
      layers_0_v_proj_myl0_4 h
      __myl_TraResRep_myl0_5
      layers_0_k_proj_myl0_8 h
      layers_0_q_proj_myl0_9 s
      __myl_CasMulMea_myl0_10
      __myl_AddSqrDivMulCasMulMulSliNegSliConMulAdd_myl0_14
      MatMul_94_myl0_15 s
      __myl_MulAddCasMaxSubExpSumDivMulCas_myl0_16
      MatMul_101_myl0_18 h
      layers_0_o_proj_myl0_20 s
      __myl_AddCasMulMeaAddSqrDivMulCasMul_myl0_21
      layers_0_up_proj_myl0_23 h
      layers_0_gate_proj_myl0_25 h
      __myl_NegExpAddDivMulMul_myl0_28
      layers_0_mlp_down_myl0_29 s
      __myl_AddCasMulMeaAddSqrDivMulCasMul_myl0_30
      """;

  @Test
  void everyProductHasTheAccumulatorOfItsTactic() {
    EngineRecipe recipe = read(MARKED);
    assertRecipes(recipe, 0, "v_proj k_proj gate_proj up_proj", "q_proj o_proj mlp_down");
    assertEquals(SINGLE, attention(recipe, 0).qk().text().replaceAll("^\\(|\\)$", ""));
    assertEquals(HALF, attention(recipe, 0).pv().text().replaceAll("^\\(|\\)$", ""));
    assertTrue(recipe.kernels().stream().allMatch(one -> one.basis() == Basis.MEASURED));
    assertEquals(16, recipe.kernels().size());
    assertEquals(List.of("layers.0.q_norm", "layers.0.k_norm"), recipe.kernels().get(4).stages());
    assertEquals(List.of("final_norm"), recipe.kernels().getLast().stages());
  }

  @ParameterizedTest
  @CsvSource({"layers_0_, layers_0_", "layers_0_[a-z_]*_myl, MatMul_1_myl"})
  void productsWithoutNamesAreToldByTheirPlace(String names, String others) {
    EngineRecipe recipe = read(MARKED.replaceAll(names, others));
    assertEquals(read(MARKED).rules().of("layers.0.attn_out"), attention(recipe, 0));
    assertRecipes(recipe, 0, "gate_proj up_proj", "o_proj mlp_down");
  }

  @Test
  void whichOfThreeUnlikeProductsIsWhichIsADoubt() {
    EngineRecipe recipe = read(MARKED.replaceAll("layers_0_[a-z_]*_myl", "MatMul_1_myl"));
    List<EngineRecipe.Kernel> doubted =
        recipe.kernels().stream().filter(one -> one.doubt() == Doubt.PLACE).toList();
    assertEquals(3, doubted.size());
    assertTrue(doubted.stream().allMatch(one -> one.basis() == Basis.PREDICTED));
  }

  @Test
  void aKernelWithoutCastsRoundsEveryStep() {
    EngineRecipe recipe = read(MARKED.replace("Cas", ""));
    assertTrue(((NormRecipe) recipe.rules().of("layers.0.k_norm")).low());
    assertEquals(Format.F16, attention(recipe, 0).softmax().step());
    NormRecipe strong = (NormRecipe) read(MARKED).rules().of("layers.0.k_norm");
    assertFalse(strong.low());
  }

  @Test
  void fusedProductsAreFoundInEveryLayer() {
    String layer =
        """
        layers_N_v_proj+layers_N_k_proj+layers_N_q_proj_myl0_2 s
        __myl_ResCasMulMea_myl0_4
        MatMul_94_myl0_7 h
        __myl_SliMulAddCasMaxSubExpSum_myl0_8
        __myl_DivMulCasCon_myl0_9
        attn_myl0_9 h
        __myl_FcAdd_myl0_11 h
        __myl_CasMulMeaAddSqrDivMulCasMul_myl0_12
        """;
    String first =
        """
        layers_0_up_proj_myl0_13 h
        __myl_FcNegExpAddDivMulMul_myl0_14 h
        __myl_FcAdd_myl0_15 h
        """;
    String second =
        """
        gate_proj_myl0_2 h
        __myl_NegExpAddDivMul_myl0_3
        __myl_FcMul_myl0_4 h
        __myl_FcAdd_myl0_15 s
        """;
    EngineRecipe recipe =
        read(
            layer.replace("N", "0") + first + layer.replace("N", "1") + second,
            2,
            _ -> Optional.empty());
    assertRecipes(recipe, 0, "o_proj gate_proj up_proj mlp_down", "q_proj k_proj v_proj");
    assertRecipes(recipe, 1, "o_proj gate_proj up_proj", "q_proj k_proj v_proj mlp_down");
    List<EngineRecipe.Kernel> doubted =
        recipe.kernels().stream().filter(one -> one.doubt() != Doubt.NONE).toList();
    assertEquals(1, doubted.size());
    assertEquals(Doubt.WIDE_EPILOGUE, doubted.getFirst().doubt());
    assertEquals(List.of("layers.1.mlp_down"), doubted.getFirst().stages());
  }

  /** As captures at these sizes show: 32 tiles leave three quarters of an H100 idle. */
  @ParameterizedTest
  @CsvSource({
    "sm80_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize64x64x64_stage4,  128, 1024,  4, f16",
    "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize32x32x64_stage6,   32, 1024,  4, f32",
    "sm80_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize64x32x128_stage4,  64, 4096,  1, f16",
    "sm90_xmma_gemm_f16f16_f16f16_f16_nn_n_tilesize64x128x64_beta0,  128, 1024,  1, f16",
  })
  void fewTilesAreLikelyToBeSplitAlongK(String tactic, int m, int n, int slices, String sum) {
    EngineRecipe recipe =
        read("k_proj_myl0_1 " + tactic, 1, _ -> Optional.of(Sizes.product(m, n, 4096)));
    String split =
        slices == 1
            ? "none | none"
            : "cyclic(s=4,bk=64) | partial=%s,order=fwd,add=%srne".formatted(sum, sum);
    String plain = sum.equals("f16") ? HALF : SINGLE;
    assertEquals(plain.replace("none | none", split), of(recipe, "layers.0.k_proj"));
    assertEquals(slices == 1 ? Doubt.NONE : Doubt.SPLIT_K, recipe.kernels().getFirst().doubt());
  }

  @ParameterizedTest
  @CsvSource({
    "320, 512, ''",
    "512, 4096, ''",
    "3006, 512, '__myl_MulAddCasMaxSubExpSumDivMulCas_myl0_16'",
    "1024, 512, '__myl_MulAddCasMaxSubExpSumDivMulCas_myl0_16'",
  })
  void aSumOfALengthWhoseOrderIsNotSettledIsADoubt(int keys, int width, String doubted) {
    EngineRecipe recipe =
        read(
            MARKED,
            1,
            stage ->
                Optional.of(
                    stage.endsWith("attn_out")
                        ? new Sizes(4, keys, keys, 128)
                        : Sizes.product(keys, width, width)));
    assertEquals(
        doubted,
        recipe.kernels().stream()
            .filter(one -> one.doubt() == Doubt.SUM_ORDER)
            .map(EngineRecipe.Kernel::layer)
            .collect(Collectors.joining()));
  }

  @ParameterizedTest
  @CsvSource({
    "gemm_bf16bf16_bf16f32_f32_tn_n, bf16, 'fda(w=16,F=25,acc=f32rz,floor=-133)', bf16",
    "gemm_f32f32_f32f32_f32_nn_n, f32, 'fma(acc=f32rne,lanes=1)', f32",
    "gemm_f32f32_tf32f32_f32_tn_n, 'tf32,tf32=rne', 'fda(w=8,F=25,acc=f32rz,floor=-133)', f32",
  })
  void otherTypesStandInTheNameToo(String tactic, String in, String inner, String out) {
    EngineRecipe recipe = read("q_proj_myl0_1 sm90_xmma_" + tactic);
    assertEquals(
        "in=%s | %s | seq | none | none | cvt(%s,rne)".formatted(in, inner, out),
        of(recipe, "layers.0.q_proj"));
  }

  @Test
  void whatIsNotKnownIsListedWithTheNearestRecipe() {
    EngineRecipe recipe =
        read(
            """
            __myl_SqrDivMulMea_myl0_0
            q_proj_myl0_1 some_gemm_kernel
            _gemm_mha_v2_myl0_10 _gemm_mha_v2_0x51
            __myl_TanMulAdd_myl0_2
            """);
    assertEquals(
        List.of(Doubt.STEPS, Doubt.TYPES, Doubt.FUSED_ATTENTION, Doubt.KIND),
        recipe.kernels().stream().map(EngineRecipe.Kernel::doubt).toList());
    assertEquals(
        Presets.ATTENTION.get("tensorrt-mha-f16").recipe(), recipe.rules().of("layers.0.attn_out"));
  }
}
