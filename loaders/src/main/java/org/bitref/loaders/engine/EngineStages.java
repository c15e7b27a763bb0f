package org.bitref.loaders.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which kernel computes which stage. Products are told by their names, and where they have none by
 * their place: those before a softmax are q, k, v and the scores; then come the product with the
 * values and o; those up to the SiLU are gate and up, and so is one behind it that ends in a
 * product; the next one is down, with which a layer ends.
 */
final class EngineStages {
  /** Attention's own parts: {@code layers.0.attn_out.qk}. */
  static final String QK = "attn_out.qk";

  static final String SOFTMAX = "attn_out.softmax";
  static final String PV = "attn_out.pv";
  static final String FUSED = "attn_out";

  private static final Pattern PROJECTION =
      Pattern.compile(
          "(?<![a-z])(?:mlp_)?(q|k|v|qkv|o|out|gate|up|gate_up|down)(?:_proj)?(?![a-z])");
  private static final Pattern NUMBER = Pattern.compile("layers?[._/](\\d{1,4})(?!\\d)");

  private static final List<String> QKV = List.of("q_proj", "k_proj", "v_proj");
  private static final List<String> MLP = List.of("gate_proj", "up_proj");

  /** What comes next. */
  private enum Phase {
    PROJECTIONS,
    VALUES,
    OUTPUT,
    MLP,
    DOWN
  }

  private final Map<String, EngineKernel> stages = new LinkedHashMap<>();
  private final Set<EngineKernel> guessed = new LinkedHashSet<>();
  private final List<EngineKernel> open = new ArrayList<>();
  private boolean casts;
  private int layer;
  private Phase phase = Phase.PROJECTIONS;

  private EngineStages() {}

  /** The stages of these kernels, which come in order of execution. */
  static EngineStages of(List<EngineKernel> kernels) {
    EngineStages stages = new EngineStages();
    kernels.forEach(stages::take);
    if (stages.open.size() == 1) {
      stages.stages.put("logits", stages.open.getFirst());
    }
    return stages;
  }

  /** Kernels by stage; a kernel may compute several. */
  Map<String, EngineKernel> byName() {
    return stages;
  }

  /** Kernels that could be others' of the same place, with another tactic. */
  Set<EngineKernel> guessed() {
    return guessed;
  }

  /** True if norms are taken in float32: the engine is strongly typed. */
  boolean casts() {
    return casts;
  }

  private void take(EngineKernel kernel) {
    switch (kernel.kind()) {
      case PRODUCT -> product(kernel);
      case ATTENTION -> {
        place(QKV);
        put(FUSED, kernel);
        phase = Phase.OUTPUT;
      }
      case SOFTMAX -> {
        if (!open.isEmpty()) {
          put(QK, open.removeLast());
        }
        place(QKV);
        put(SOFTMAX, kernel);
        phase = Phase.VALUES;
      }
      case SILU -> closeMlp();
      case NORM -> norm(kernel);
      case IDLE, POINTWISE, UNKNOWN -> {}
    }
  }

  private void product(EngineKernel kernel) {
    Set<String> named = named(kernel);
    if (named.isEmpty()) {
      unnamed(kernel);
    } else {
      Matcher number = NUMBER.matcher(kernel.names());
      if (number.find()) {
        layer = Integer.parseInt(number.group(1));
      }
      named.forEach(name -> put(name, kernel));
      after(named);
    }
    if (kernel.endsInSilu()) {
      closeMlp();
    }
  }

  private void after(Set<String> named) {
    if (named.contains("o_proj")) {
      phase = Phase.MLP;
    } else if (named.contains("mlp_down")) {
      phase = Phase.PROJECTIONS;
      layer++;
    } else {
      phase = named.stream().anyMatch(QKV::contains) ? Phase.PROJECTIONS : Phase.MLP;
    }
  }

  private void unnamed(EngineKernel kernel) {
    switch (phase) {
      case PROJECTIONS, MLP -> open.add(kernel);
      case VALUES -> {
        put(PV, kernel);
        phase = Phase.OUTPUT;
      }
      case OUTPUT -> {
        put("o_proj", kernel);
        phase = Phase.MLP;
      }
      case DOWN -> {
        if (kernel.endsInProduct()) {
          put("up_proj", kernel);
          return;
        }
        put("mlp_down", kernel);
        phase = Phase.PROJECTIONS;
        layer++;
      }
    }
  }

  private void closeMlp() {
    open.stream().filter(EngineKernel::endsInSilu).findFirst().ifPresent(this::gate);
    place(MLP);
    phase = Phase.DOWN;
  }

  private void gate(EngineKernel kernel) {
    open.remove(kernel);
    put("gate_proj", kernel);
  }

  /** Gives the open products the stages among these that no product has by name. */
  private void place(List<String> names) {
    List<String> left = names.stream().filter(Predicate.not(this::has)).toList();
    boolean alike = open.stream().map(kernel -> kernel.layer().tactic()).distinct().count() <= 1;
    for (int i = 0; i < left.size() && !open.isEmpty(); i++) {
      put(left.get(i), open.get(Math.min(i, open.size() - 1)));
    }
    if (!alike) {
      guessed.addAll(open);
    }
    open.clear();
  }

  private void norm(EngineKernel kernel) {
    casts |= kernel.casts();
    switch (phase) {
      case PROJECTIONS -> {
        boolean first = open.isEmpty() && QKV.stream().noneMatch(this::has);
        for (String name : first ? List.of("input_ln") : List.of("q_norm", "k_norm")) {
          stages.putIfAbsent(id(name), kernel);
        }
      }
      case MLP -> stages.putIfAbsent(id("post_attn_ln"), kernel);
      case VALUES, OUTPUT, DOWN -> guessed.add(kernel);
    }
  }

  private static Set<String> named(EngineKernel kernel) {
    Set<String> named = new LinkedHashSet<>();
    Matcher matcher = PROJECTION.matcher(kernel.names());
    while (matcher.find()) {
      boolean told = matcher.group().endsWith("_proj") || matcher.group().startsWith("mlp_");
      if (told) {
        switch (matcher.group(1)) {
          case "qkv" -> named.addAll(QKV);
          case "gate_up" -> named.addAll(MLP);
          case "out" -> named.add("o_proj");
          case "down" -> named.add("mlp_down");
          default -> named.add(matcher.group(1) + "_proj");
        }
      }
    }
    return named;
  }

  private boolean has(String name) {
    return stages.containsKey(id(name));
  }

  private void put(String name, EngineKernel kernel) {
    stages.put(id(name), kernel);
  }

  private String id(String name) {
    return "layers." + layer + "." + name;
  }
}
