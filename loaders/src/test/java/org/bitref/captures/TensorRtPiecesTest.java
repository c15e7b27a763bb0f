package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Fused pieces of a layer as engines of their own. Each is what its stages are one by one, under
 * the accumulator of its tactic: a kernel that goes on behind a product rounds after every step.
 *
 * <p>Their inputs are those of a strongly typed engine with every stage an output that is not among
 * the captures; what they give tells which accumulators it had: float32 for q, the scores and o.
 */
final class TensorRtPiecesTest {
  private static final String L = "layers.0.";

  private static TensorRtEngines engines;
  private static TensorSource captured;
  private static Map<String, Tensor> marked;

  @BeforeAll
  static void compute() {
    engines = TensorRtEngines.open();
    captured = Captures.capture("trtfused-h200");
    List<String> stages =
        List.of(
            L + "input_hidden",
            L + "input_ln",
            L + "q_proj",
            L + "q_rope",
            "kv.0.k",
            "kv.0.v",
            L + "attn_out",
            L + "o_proj",
            L + "post_attn_hidden",
            L + "post_attn_ln",
            L + "mlp_mul");
    marked = engines.run(recipe("strong", "q_proj|o_proj", "qk"), stages, Optional.empty());
  }

  @AfterAll
  static void close() {
    if (captured != null) {
      captured.close();
    }
    if (engines != null) {
      engines.close();
    }
  }

  /**
   * A preset with some products in float32.
   *
   * @param wide stages whose sums are in float32
   * @param inAttention the product of attention whose sums are; empty for none
   */
  private static ModelRecipe recipe(String types, String wide, String inAttention) {
    String half = "fda(w=16,F=25,acc=f16rne,floor=-21)";
    String single = "fda(w=16,F=25,acc=f32rz)";
    String preset = Recipes.text("tensorrt-10.6-" + types);
    if (!inAttention.isEmpty()) {
      String before = inAttention + "=(in=f16 | ";
      preset = preset.replace(before + half, before + single);
    }
    String rule = "in=f16 | " + single + " | seq | none | none | cvt(f16,rne)\n";
    return ModelRecipe.parse("piece", ".*\\.(" + wide + ") = " + rule + preset);
  }

  @ParameterizedTest
  @CsvSource({
    // what is read; the result and its stage; in float32: products, one of attention
    "norm_qkv.strong,     input_hidden,             q, q_proj,       none,               ''",
    "norm_qkv.strong,     input_hidden,             k, k_proj,       none,               ''",
    "norm_qkv.strong,     input_hidden,             v, v_proj,       none,               ''",
    "norm_qkv.fp16,       input_hidden,             q, q_proj,       '[qkv]_proj',       ''",
    "norm_qkv.fp16,       input_hidden,             k, k_proj,       '[qkv]_proj',       ''",
    "norm_qkv.fp16,       input_hidden,             v, v_proj,       '[qkv]_proj',       ''",
    "qkv.strong,          input_ln,                 q, q_proj,       none,               ''",
    "qkv.strong,          input_ln,                 k, k_proj,       none,               ''",
    "qkv.strong,          input_ln,                 v, v_proj,       none,               ''",
    "qkv.fp16,            input_ln,                 q, q_proj,       none,               ''",
    "qkv.fp16,            input_ln,                 k, k_proj,       none,               ''",
    "qkv.fp16,            input_ln,                 v, v_proj,       none,               ''",
    "norm_rope.strong,    q_proj,                   y, q_rope,       none,               ''",
    "norm_rope.fp16,      q_proj,                   y, q_rope,       none,               ''",
    "attention.strong,    q_rope kv.0.k kv.0.v,     y, attn_out,     none,               pv",
    "attention.fp16,      q_rope kv.0.k kv.0.v,     y, attn_out,     none,               ''",
    "o_add_norm.strong,   attn_out input_hidden,    y, post_attn_ln, none,               ''",
    "o_add_norm.fp16,     attn_out input_hidden,    y, post_attn_ln, none,               ''",
    "add_norm.strong,     o_proj input_hidden,      y, post_attn_ln, none,               ''",
    "add_norm.fp16,       o_proj input_hidden,      y, post_attn_ln, none,               ''",
    "gate_up_silu.strong, post_attn_ln,             y, mlp_mul,      none,               ''",
    "gate_up_silu.fp16,   post_attn_ln,             y, mlp_mul,      none,               ''",
    "down_add.strong,     mlp_mul post_attn_hidden, y, hidden,       none,               ''",
    "down_add.fp16,       mlp_mul post_attn_hidden, y, hidden,       none,               ''",
  })
  void everyOutputIsThatOfItsStagesOneByOne(
      String piece, String inputs, String output, String stage, String wide, String inAttention) {
    Map<String, Tensor> read = new LinkedHashMap<>();
    for (String input : inputs.split(" ", -1)) {
      String name = input.startsWith("kv.") ? input : L + input;
      read.put(name, marked.get(name));
    }
    ModelRecipe recipe = recipe(piece.substring(piece.indexOf('.') + 1), wide, inAttention);
    TensorSource anchor = TensorSource.of("marked", read);
    Tensor computed = engines.run(recipe, List.of(L + stage), Optional.of(anchor)).get(L + stage);
    Tensor expected = captured.read(piece + "." + output);
    if (stage.equals("q_rope") || stage.equals("attn_out")) {
      // The heads and the tokens of the piece's result lie the other way round.
      boolean headsFirst = stage.equals("attn_out");
      expected = turned(expected, headsFirst ? 4 : 320, headsFirst ? 320 : 4);
    }
    assertEquals(expected.elements(), Captures.equal(expected, computed), piece + "." + output);
  }

  /** [a, b, d] as [b, a, d]. */
  private static Tensor turned(Tensor x, int a, int b) {
    int d = Math.toIntExact(x.elements() / a / b);
    TensorBuilder y = new TensorBuilder(DType.F16, x.shape());
    for (int i = 0; i < a; i++) {
      for (int j = 0; j < b; j++) {
        y.copy(((long) j * a + i) * d, x, ((long) i * b + j) * d, d);
      }
    }
    return y.build();
  }
}
