package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightNamesTest {
  @ParameterizedTest
  @CsvSource({
    "w.q_proj,layers.0.q_proj",
    "w.layers.12.mlp_down,layers.12.mlp_down",
    "mlp_up,layers.0.up_proj",
    "final_norm,final_norm",
    "model.layers.0.self_attn.q_proj.weight,layers.0.q_proj",
    "model.language_model.layers.35.mlp.down_proj.weight,layers.35.mlp_down",
    "vlm.model.language_model.layers.3.post_attention_layernorm.weight,layers.3.post_attn_ln",
    "layers.3.self_attn.k_norm.weight,layers.3.k_norm",
    "model.norm.weight,final_norm",
    "lm_head.weight,logits",
    "model.embed_tokens.weight,inputs_embeds",
    "model.layers.2.attn.q_proj.MatMul.weight,layers.2.q_proj",
    "model.layers.2.attn.q_norm.layernorm.weight,layers.2.q_norm",
    "/model/layers.4/mlp/up_proj/MatMul.weight,layers.4.up_proj",
    "self_attn.o_proj.weight,layers.0.o_proj",
    "input_layernorm.weight,layers.0.input_ln",
    "gate_proj.weight,layers.0.gate_proj",
    "model.layers.0.self_attn.q_proj.bias,layers.0.q_proj.bias",
  })
  void namesOfOtherToolsAreUnderstood(String name, String stage) {
    assertEquals(Optional.of(stage), WeightNames.stage(name));
  }

  @ParameterizedTest
  @CsvSource({
    "model.visual.blocks.0.attn.proj.weight",
    "model.vision_tower.encoder.layers.0.self_attn.q_proj.weight",
    "visual.merger.norm.weight",
    "model.layers.0.mlp.experts.3.down_proj.weight",
    "model.layers.0.mlp.up_proj.bias",
    "model.layers.0.self_attn.q_proj.lora_A.weight",
    "model.layers.0.weight",
    "model.layers",
    "expert.q_proj.weight",
    "onnx::MatMul_1234",
    "mlp_mul",
    "w.attn_out",
    "weight",
  })
  void othersAreNone(String name) {
    assertEquals(Optional.empty(), WeightNames.stage(name));
  }
}
