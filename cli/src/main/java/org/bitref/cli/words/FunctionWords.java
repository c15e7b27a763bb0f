package org.bitref.cli.words;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.cli.console.Numbers;
import org.bitref.diagnose.OtherFunction;

/** What a system computes in place of the model's function, in words. */
public final class FunctionWords {
  private FunctionWords() {}

  /** All changes, without a full stop; "the model's function" if there are none. */
  public static String of(Set<OtherFunction> functions) {
    return functions.isEmpty()
        ? "the model's function"
        : functions.stream().map(FunctionWords::of).sorted().collect(Collectors.joining(", "));
  }

  private static String of(OtherFunction function) {
    return switch (function) {
      case OtherFunction.Epsilon(double used, double model) ->
          "epsilon %s instead of %s".formatted(number(used), number(model));
      case OtherFunction.Window(int keys) -> "a sliding window of " + Numbers.count(keys, "key");
      case OtherFunction.Bias bias ->
          "a constant in each of %s, as a bias adds it"
              .formatted(Numbers.count(bias.columns(), "column"));
      case OtherFunction.Rotary rotary -> rotary(rotary);
      case OtherFunction.Known known ->
          switch (known) {
            case EPSILON_OUTSIDE_THE_ROOT -> "epsilon outside the root";
            case ONE_PLUS_WEIGHT -> "the weight 1 + w (Gemma's) instead of w";
            case GELU -> "GELU instead of SiLU";
            case GELU_TANH -> "GELU by tanh instead of SiLU";
            case RELU -> "ReLU instead of SiLU";
            case QUICK_GELU -> "the quick GELU (x times the sigmoid of 1.702 x) instead of SiLU";
            case NOT_ACTIVATED -> "no activation instead of SiLU";
            case NOT_ADDED ->
                "the second term of its sum (a deepstack feature, a residual) left out";
          };
    };
  }

  private static String rotary(OtherFunction.Rotary rotary) {
    String base =
        rotary.base() == rotary.model()
            ? ""
            : "rotary base %s instead of %s"
                .formatted(number(rotary.base()), number(rotary.model()));
    String axes =
        switch (rotary.axes()) {
          case INTERLEAVED -> "";
          case BLOCKS -> "position axes in blocks instead of interleaved";
          case TEMPORAL -> "the first position axis alone instead of three";
        };
    String late =
        rotary.late() == 0
            ? ""
            : "positions %s %s than position_ids"
                .formatted(Math.abs(rotary.late()), rotary.late() > 0 ? "more" : "less");
    return Stream.of(base, axes, late)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(", "));
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : String.valueOf(value).replace(".0E", "e").replace('E', 'e');
  }
}
