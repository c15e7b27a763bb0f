package org.bitref.explain;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of tensors in a capture of several systems, as names of the plan. */
final class StageNaming {
  private static final Map<String, String> ALIASES =
      Map.of(
          "attn_reshape", "attn_out",
          "mlp_gate", "gate_proj",
          "mlp_up", "up_proj",
          "hidden_out", "hidden");

  /** Stages of a layer. */
  private static final Set<String> LAYER =
      Set.of(
          "input_hidden",
          "input_ln",
          "q_proj",
          "k_proj",
          "v_proj",
          "q_norm",
          "k_norm",
          "q_rope",
          "k_rope",
          "attn_out",
          "o_proj",
          "post_attn_hidden",
          "post_attn_ln",
          "gate_proj",
          "up_proj",
          "mlp_act",
          "mlp_mul",
          "mlp_down",
          "hidden");

  /** What an {@code in.} tensor stands for. */
  private static final Map<String, String> INPUTS =
      Map.of(
          "hidden", "layers.0.input_hidden",
          "attn", "layers.0.attn_out",
          "cos", "rope.cos",
          "sin", "rope.sin");

  private static final Pattern NUMBERED = Pattern.compile("(layers|kv)\\.(\\d{1,4})\\.(\\w+)");
  private static final Pattern OF_SYSTEM =
      Pattern.compile("(.+?)\\.((?:layers|kv)\\.\\d{1,4}\\.\\w+|\\w+)");

  private StageNaming() {}

  /** A tensor of one system: {@code trt.q_proj}, {@code trt.layers.3.q_proj}. */
  record OfSystem(String system, String stage) {}

  /** Empty if the name is none of a system's stage. */
  static Optional<OfSystem> ofSystem(String name) {
    Matcher matcher = OF_SYSTEM.matcher(name);
    if (!matcher.matches() || isOwn(matcher.group(1))) {
      return Optional.empty();
    }
    return stage(matcher.group(2)).map(stage -> new OfSystem(matcher.group(1), stage));
  }

  /** True for what stands for no system. */
  private static boolean isOwn(String prefix) {
    String first = prefix.contains(".") ? prefix.substring(0, prefix.indexOf('.')) : prefix;
    return Set.of("in", "w", "layers", "kv", "rope", "deepstack", "past").contains(first);
  }

  /** The plan's name of a tensor in a file of one system, where a layer's stages are numbered. */
  static Optional<String> whole(String name) {
    return LAYER.contains(alias(name)) ? Optional.empty() : stage(name);
  }

  /** The plan's name of a stage; without a number it is of layer 0. */
  static Optional<String> stage(String name) {
    Matcher matcher = NUMBERED.matcher(name);
    if (matcher.matches()) {
      String stage = alias(matcher.group(3));
      boolean known = matcher.group(1).equals("kv") || LAYER.contains(stage);
      return known
          ? Optional.of(matcher.group(1) + "." + Integer.parseInt(matcher.group(2)) + "." + stage)
          : Optional.empty();
    }
    if (Set.of("final_norm", "logits", "inputs_embeds", "rope.cos", "rope.sin").contains(name)) {
      return Optional.of(name);
    }
    return LAYER.contains(alias(name)) ? Optional.of("layers.0." + alias(name)) : Optional.empty();
  }

  /** The stage that {@code in.NAME} stands for; empty for what is no stage, such as rows. */
  static Optional<String> input(String name) {
    return INPUTS.containsKey(name) ? Optional.of(INPUTS.get(name)) : stage(name);
  }

  static String alias(String stage) {
    return ALIASES.getOrDefault(stage, stage);
  }

  /** The number in a stage's name; after all layers for what has none. */
  static int layer(String stage) {
    Matcher matcher = NUMBERED.matcher(stage);
    return matcher.matches() ? Integer.parseInt(matcher.group(2)) : Integer.MAX_VALUE;
  }

  /** The last part: {@code q_proj} of {@code layers.3.q_proj}, {@code k} of {@code kv.3.k}. */
  static String last(String stage) {
    return stage.substring(stage.lastIndexOf('.') + 1);
  }
}
