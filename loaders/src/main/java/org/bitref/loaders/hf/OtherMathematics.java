package org.bitref.loaders.hf;

import java.util.List;
import org.bitref.Text;
import org.bitref.loaders.json.JsonObject;
import org.bitref.model.Family;
import org.bitref.model.Gemma3;

/** Refuses what a config says that the model's family does not compute. */
final class OtherMathematics {
  /** What must not be true. */
  private static final List<String> SWITCHES =
      List.of(
          "attention_bias",
          "mlp_bias",
          "qkv_bias",
          "use_sliding_window",
          "use_bidirectional_attention",
          "use_qk_norm",
          "attention_sinks");

  /** What must not be there. */
  private static final List<String> ADDITIONS =
      List.of("attn_logit_softcapping", "final_logit_softcapping", "clip_qkv", "logit_scale");

  /** What must be 1. */
  private static final List<String> FACTORS =
      List.of(
          "partial_rotary_factor",
          "embedding_multiplier",
          "attention_multiplier",
          "residual_multiplier",
          "logits_scaling");

  private OtherMathematics() {}

  /**
   * @throws org.bitref.BadInputException naming the first field that changes the mathematics
   */
  static void refuse(JsonObject text, Family family) {
    for (String field : SWITCHES) {
      if (text.bool(field).orElse(false)) {
        throw text.bad(field + " is true", HfConfig.UNSUPPORTED);
      }
    }
    for (String field : ADDITIONS) {
      if (text.has(field)) {
        throw text.bad(field + " is given", HfConfig.UNSUPPORTED);
      }
    }
    for (String field : FACTORS) {
      if (text.number(field).orElse(1.0) != 1.0) {
        throw text.bad(field + " is not 1", HfConfig.UNSUPPORTED);
      }
    }
    activation(text, family);
    if (!(family instanceof Gemma3)) {
      layers(text);
    }
  }

  private static void activation(JsonObject text, Family family) {
    // Gemma's class in transformers reads one of the two and ignores the other.
    String field = family instanceof Gemma3 ? "hidden_activation" : "hidden_act";
    String given = text.string(field).orElse(family.activation());
    if (!given.equals(family.activation())) {
      throw text.bad(
          "%s is %s, not %s".formatted(field, Text.quote(given), Text.quote(family.activation())),
          HfConfig.UNSUPPORTED);
    }
  }

  private static void layers(JsonObject text) {
    for (String type : text.strings("layer_types").orElse(List.of())) {
      if (!type.equals("full_attention")) {
        throw text.bad("layer_types holds " + Text.quote(type), HfConfig.UNSUPPORTED);
      }
    }
  }
}
