package org.bitref.model;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of stages in dumps of all families: what stands for what, and in which order they are
 * computed. All of it is read from the families' plans.
 */
public final class StageNames {
  /** What a prompt holds, in the order in which it is listed. */
  private static final List<String> PROMPT =
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
          "position_ids",
          "cos",
          "sin");

  /** What an {@code in.} tensor of a capture stands for. */
  private static final Map<String, String> INPUTS =
      Map.of(
          "hidden", "layers.0.input_hidden",
          "attn", "layers.0.attn_out",
          "cos", "rope.cos",
          "sin", "rope.sin");

  private static final Pattern NUMBERED = Pattern.compile("(layers|kv)\\.(\\d{1,6})\\.(.+)");
  private static final Pattern OF_SYSTEM =
      Pattern.compile("(.+?)\\.((?:layers|kv)\\.\\d{1,4}\\.\\w+|rope\\.(?:cos|sin)|\\w+)");
  private static final Pattern INSIDE =
      Pattern.compile("(?:^|[./])(?:self_attn|mlp|layers[./]\\d+)(?:[./]|$)");
  private static final Pattern OF_PROMPT =
      Pattern.compile("(" + String.join("|", PROMPT) + ")(?:\\.(\\d{1,6})(?:\\.[kv])?)?");

  /** The stages of a plan of one layer, by their names, and their places. */
  private static final Map<String, Integer> ORDER = new LinkedHashMap<>();

  /** The last parts of a layer's stages. */
  private static final Set<String> LAYER = new HashSet<>();

  private static final Map<String, String> ALIASES = new HashMap<>();

  private static final int FIRST_LAYER = 1000;
  private static final int LAST = Integer.MAX_VALUE;

  static {
    for (Family family : Families.all()) {
      for (Stage stage : family.plan(1, 0).stages()) {
        ORDER.putIfAbsent(stage.id().name(), ORDER.size());
        if (stage.id().name().startsWith("layers.")) {
          LAYER.add(last(stage.id().name()));
          stage.aliases().forEach(alias -> ALIASES.put(alias, last(stage.id().name())));
        }
      }
    }
  }

  /**
   * By the order of computation: inputs, rotary tables, layers, head; other names at the end. A
   * layer's stage without a number is of layer 0.
   */
  public static final Comparator<String> BY_PLAN =
      Comparator.comparing(
              (String name) -> stage(name).orElse(name),
              Comparator.comparingInt(StageNames::group).thenComparingInt(StageNames::within))
          .thenComparing(Comparator.naturalOrder());

  private StageNames() {}

  /** A tensor of one system: {@code trt.q_proj}, {@code trt.layers.3.q_proj}. */
  public record OfSystem(String system, String stage) {}

  /** Empty if the name is none of a system's stage. */
  public static Optional<OfSystem> ofSystem(String name) {
    Matcher matcher = OF_SYSTEM.matcher(name);
    if (!matcher.matches() || isOwn(matcher.group(1))) {
      return Optional.empty();
    }
    return stage(matcher.group(2)).map(stage -> new OfSystem(matcher.group(1), stage));
  }

  /** True for what stands for no system: a kind of tensor, or a module inside a layer. */
  private static boolean isOwn(String prefix) {
    String first = prefix.contains(".") ? prefix.substring(0, prefix.indexOf('.')) : prefix;
    return Set.of("in", "w", "layers", "kv", "rope", "deepstack", "past").contains(first)
        || INSIDE.matcher(prefix).find();
  }

  /** The plan's name of a stage; without a number it is of layer 0. */
  public static Optional<String> stage(String name) {
    Matcher matcher = NUMBERED.matcher(name);
    if (matcher.matches()) {
      String stage = alias(matcher.group(3));
      boolean plain = matcher.group(2).length() <= 4 && stage.matches("\\w+");
      boolean known = plain && (matcher.group(1).equals("kv") || LAYER.contains(stage));
      return known
          ? Optional.of(matcher.group(1) + "." + Integer.parseInt(matcher.group(2)) + "." + stage)
          : Optional.empty();
    }
    if (LAYER.contains(alias(name))) {
      return Optional.of("layers.0." + alias(name));
    }
    return ORDER.containsKey(name) ? Optional.of(name) : Optional.empty();
  }

  /** True for the name of a rotary table. */
  public static boolean isTable(String name) {
    return name.startsWith("rope");
  }

  /** The stage that {@code in.NAME} stands for; empty for what is no stage, such as rows. */
  public static Optional<String> input(String name) {
    return INPUTS.containsKey(name) ? Optional.of(INPUTS.get(name)) : stage(name);
  }

  private static String alias(String stage) {
    return ALIASES.getOrDefault(stage, stage);
  }

  /** The plan's name for a numbered name that another tool gave; other names as they are. */
  public static String canonical(String name) {
    Matcher matcher = NUMBERED.matcher(name);
    return matcher.matches()
        ? matcher.group(1) + "." + matcher.group(2) + "." + alias(matcher.group(3))
        : name;
  }

  /** The names of all stages that a tensor may have without a layer's number, in their order. */
  public static List<String> all() {
    return ORDER.keySet().stream().map(name -> name.replaceFirst("^layers\\.0\\.", "")).toList();
  }

  /** The number in a stage's name; after all layers for what has none. */
  public static int layer(String stage) {
    Matcher matcher = NUMBERED.matcher(stage);
    return matcher.matches() ? Integer.parseInt(matcher.group(2)) : LAST;
  }

  /** The last part: {@code q_proj} of {@code layers.3.q_proj}, {@code k} of {@code kv.3.k}. */
  public static String last(String stage) {
    return stage.substring(stage.lastIndexOf('.') + 1);
  }

  /** True for what a prefill starts from and does not compute. */
  public static boolean isInput(String name) {
    return OF_PROMPT.matcher(name).matches() && !name.equals("inputs_embeds");
  }

  private static int group(String name) {
    Matcher matcher = NUMBERED.matcher(name);
    if (matcher.matches()) {
      return FIRST_LAYER + Integer.parseInt(matcher.group(2));
    }
    if (OF_PROMPT.matcher(name).matches()) {
      return 0;
    }
    if (!ORDER.containsKey(name)) {
      return LAST;
    }
    return isTable(name) ? 1 : LAST - 1;
  }

  private static int within(String name) {
    Matcher matcher = NUMBERED.matcher(name);
    if (matcher.matches()) {
      return ORDER.getOrDefault(matcher.group(1) + ".0." + matcher.group(3), ORDER.size());
    }
    Matcher input = OF_PROMPT.matcher(name);
    if (input.matches()) {
      int number = input.group(2) == null ? 0 : Integer.parseInt(input.group(2));
      return PROMPT.indexOf(input.group(1)) * 1_000_000 + number;
    }
    return ORDER.getOrDefault(name, 0);
  }
}
