package org.bitref.cli.dump;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.model.Qwen3VlConfig;
import org.bitref.model.Qwen3VlPlan;
import org.bitref.model.Stage;

/** The names of stages in dumps: what stands for what, and in which order they are computed. */
public final class StageNames {
  private static final Map<String, String> ALIASES =
      Map.of(
          "attn_reshape", "attn_out",
          "mlp_gate", "gate_proj",
          "mlp_up", "up_proj",
          "hidden_out", "hidden");
  private static final List<String> INPUTS =
      List.of(
          "input_ids",
          "attention_mask",
          "image_grid_thw",
          "video_grid_thw",
          "visual_mask",
          "visual_embeds",
          "inputs_embeds",
          "deepstack",
          "past",
          "position_ids");
  private static final Pattern LAYER = Pattern.compile("(layers|kv)\\.(\\d{1,6})\\.(.+)");
  private static final Pattern INPUT =
      Pattern.compile("(" + String.join("|", INPUTS) + ")(?:\\.(\\d{1,6})(?:\\.[kv])?)?");
  private static final Map<String, Integer> ORDER = order();
  private static final int FIRST_LAYER = 1000;
  private static final int LAST = Integer.MAX_VALUE;

  /** By the order of computation: inputs, rotary tables, layers, head; other names at the end. */
  public static final Comparator<String> BY_PLAN =
      Comparator.comparingInt(StageNames::group)
          .thenComparingInt(StageNames::within)
          .thenComparing(Comparator.naturalOrder());

  private StageNames() {}

  /** The plan's name for a name that another tool gave. */
  public static String canonical(String name) {
    Matcher matcher = LAYER.matcher(name);
    if (!matcher.matches() || !ALIASES.containsKey(matcher.group(3))) {
      return name;
    }
    return matcher.group(1) + "." + matcher.group(2) + "." + ALIASES.get(matcher.group(3));
  }

  /** True for what a prefill starts from and does not compute. */
  public static boolean isInput(String name) {
    return INPUT.matcher(name).matches() && !name.equals("inputs_embeds");
  }

  /** Stages of a plan of one layer, with {@code layers.0.} and {@code kv.0.} in front. */
  private static Map<String, Integer> order() {
    Map<String, Integer> order = new LinkedHashMap<>();
    Qwen3VlConfig smallest = Qwen3VlConfig.released("2b").withLayers(1);
    for (Stage stage : Qwen3VlPlan.of(smallest, 1, 1, 0, 0).stages()) {
      order.put(stage.id().name(), order.size());
    }
    return order;
  }

  private static int group(String name) {
    Matcher matcher = LAYER.matcher(name);
    if (matcher.matches()) {
      return FIRST_LAYER + Integer.parseInt(matcher.group(2));
    }
    if (INPUT.matcher(name).matches()) {
      return 0;
    }
    if (!ORDER.containsKey(name)) {
      return LAST;
    }
    return name.startsWith("rope.") ? 1 : LAST - 1;
  }

  private static int within(String name) {
    Matcher matcher = LAYER.matcher(name);
    if (matcher.matches()) {
      return ORDER.getOrDefault(matcher.group(1) + ".0." + matcher.group(3), ORDER.size());
    }
    Matcher input = INPUT.matcher(name);
    if (input.matches()) {
      int number = input.group(2) == null ? 0 : Integer.parseInt(input.group(2));
      return INPUTS.indexOf(input.group(1)) * 1_000_000 + number;
    }
    return ORDER.getOrDefault(name, 0);
  }
}
