package org.bitref.loaders.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.loaders.trtexec.TrtLayer;

/**
 * A layer of an engine, as a kernel. Myelin names those that it generates after their steps: {@code
 * __myl_CasMulMeaAddSqrDivMulCasMul_myl0_1} casts, multiplies, takes a mean and so on.
 *
 * @param steps those of a generated kernel; empty for others
 */
record EngineKernel(TrtLayer layer, Kind kind, List<String> steps) {
  private static final Pattern GENERATED = Pattern.compile("__myl_((?:[A-Z][a-z]+)+)(?:_.*)?");
  private static final Pattern STEP = Pattern.compile("[A-Z][a-z]+");

  /** What moves values and computes none. */
  private static final Set<String> MOVES = Set.of("Mov", "Tra", "Res", "Rep", "Sli", "Con", "Etc");

  /** Layers that compute nothing, in the words of the engine's layer types. */
  private static final Set<String> IDLE =
      Set.of(
          "signal",
          "wait",
          "shape_call",
          "noop",
          "reformat",
          "shuffle",
          "slice",
          "concatenation",
          "constant",
          "assertion",
          "condition",
          "shape");

  private static final Set<String> POINTWISE = Set.of("Add", "Mul", "Div", "Sqr", "Neg", "Cas");

  /** What a kernel computes. */
  enum Kind {
    /** Nothing: it moves values, or waits. */
    IDLE,
    /** A matrix product, with whatever follows it in the same kernel. */
    PRODUCT,
    /** Both products of attention and the softmax between them. */
    ATTENTION,
    /** The softmax of whole rows, with the scale and the mask before it. */
    SOFTMAX,
    /** The SiLU function, with the product after it. */
    SILU,
    /** RMSNorm, from the squares to the mean, with whatever stands around. */
    NORM,
    /** Other steps element by element: sums, rotations, the end of a norm. */
    POINTWISE,
    /** Something else. */
    UNKNOWN
  }

  static EngineKernel of(TrtLayer layer) {
    List<String> steps = steps(layer.name());
    return new EngineKernel(layer, kind(layer, steps), steps);
  }

  private static List<String> steps(String name) {
    List<String> steps = new ArrayList<>();
    Matcher generated = GENERATED.matcher(name);
    if (generated.matches()) {
      Matcher step = STEP.matcher(generated.group(1));
      while (step.find()) {
        steps.add(step.group());
      }
    }
    return List.copyOf(steps);
  }

  private static Kind kind(TrtLayer layer, List<String> steps) {
    String tactic = layer.tactic().orElse("").toLowerCase(Locale.ROOT);
    String type = layer.type().toLowerCase(Locale.ROOT);
    if (tactic.contains("mha") || type.contains("mha")) {
      return Kind.ATTENTION;
    }
    if (tactic.contains("gemm") || type.equals("gemm") || steps.contains("Fc")) {
      return Kind.PRODUCT;
    }
    if (steps.isEmpty()) {
      return IDLE.contains(type) ? Kind.IDLE : Kind.UNKNOWN;
    }
    if (steps.contains("Exp")) {
      boolean softmax = steps.contains("Max") && steps.contains("Sum");
      return softmax ? Kind.SOFTMAX : steps.contains("Neg") ? Kind.SILU : Kind.UNKNOWN;
    }
    if (steps.contains("Mea")) {
      return Kind.NORM;
    }
    List<String> computed = steps.stream().filter(step -> !MOVES.contains(step)).toList();
    return computed.isEmpty()
        ? Kind.IDLE
        : POINTWISE.containsAll(computed) ? Kind.POINTWISE : Kind.UNKNOWN;
  }

  /** The steps that compute, run together: {@code CasMulMeaAddSqr}. */
  String computed() {
    return String.join("", steps.stream().filter(step -> !MOVES.contains(step)).toList());
  }

  /** True where values are widened before they are reduced: between casts steps are in float32. */
  boolean casts() {
    return steps.contains("Cas");
  }

  /** True for a product with a SiLU behind it. */
  boolean endsInSilu() {
    return kind == Kind.PRODUCT && steps.contains("Exp");
  }

  /** True for a product whose result is multiplied by another tensor. */
  boolean endsInProduct() {
    return computed().equals("FcMul");
  }

  /** All that names its place in the model. */
  String names() {
    StringBuilder names = new StringBuilder(layer.name()).append(' ').append(layer.origin());
    layer.outputs().forEach(output -> names.append(' ').append(output.name()));
    return names.toString();
  }
}
