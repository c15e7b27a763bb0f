package org.bitref.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.numerics.Format;

/**
 * What happens to a finished sum before it is stored: steps in order, each rounded to nearest even
 * into its own format.
 *
 * <p>Worked example, sum 2049, bias 1, output f16: {@code add(bias,f32);cvt(f16,rne)} gives 2050
 * ({@code 0x6801}); {@code cvt(f16,rne);add(bias,f16)} rounds 2049 to 2048 first and gives 2048
 * ({@code 0x6800}), for 2049 is a tie again.
 *
 * @param steps in order; none leaves the sum as it is
 */
public record Epilogue(List<Step> steps) {
  /** The list is copied. */
  public Epilogue {
    steps = List.copyOf(steps);
  }

  /** One step. */
  public sealed interface Step {
    /** The format of its result. */
    Format format();
  }

  /**
   * Times a factor: {@code mul(alpha,f32)}. Worked example: 2049 · 0.5 = 1024.5 ({@code
   * 0x44801000}).
   *
   * @param by which one
   */
  public record Mul(Factor by, Format format) implements Step {}

  /** The factors of {@link Mul}. */
  public enum Factor {
    /** Alpha; of operands with scales the product of both, rounded to float32. */
    ALPHA,
    /** The scale of x, that of the row. */
    SX,
    /** The scale of w, that of the column. */
    SW
  }

  /**
   * {@code fma(alpha,acc,beta*C)}: beta·C is rounded, then alpha·sum + beta·C fused. C is the
   * operand c, which then is not the initial accumulator. Worked example, sum 2049, alpha = 1, beta
   * = -1.5, C = 2: 2046 ({@code 0x44FFC000}).
   */
  public record Fma(Format format) implements Step {}

  /**
   * Plus the bias of the column: {@code add(bias,f32)}. Worked example, stored in f16: 2049 + 2 =
   * 2051 goes to 2052 ({@code 0x6802}).
   */
  public record AddBias(Format format) implements Step {}

  /**
   * Plus the residual: {@code add(residual,f16)}. Worked example in f32: 2049 + 1 ({@code
   * 0x45002000}).
   */
  public record AddResidual(Format format) implements Step {}

  /**
   * A function: {@code act(silu,f32)}. It is computed in float64 and then rounded once. Worked
   * example: relu and silu of 2049 are 2049 ({@code 0x45001000}), its sigmoid is 1 ({@code
   * 0x3F800000}).
   *
   * @param function which one
   */
  public record Act(Function function, Format format) implements Step {}

  /** The functions of {@link Act}. */
  public enum Function {
    RELU,
    SIGMOID,
    SILU
  }

  /**
   * Into another format: {@code cvt(f16,rne)}. Worked example, 2051 in f16: rne gives 2052 ({@code
   * 0x6802}), rz 2050 ({@code 0x6801}); 1000 in e4m3 is NaN ({@code 0x7F}), with satfinite 448
   * ({@code 0x7E}).
   */
  public record Cvt(Format format, Conversion conversion) implements Step {}

  /** How {@link Cvt} rounds. */
  public enum Conversion {
    /** To nearest even; too large a value becomes infinite. */
    RNE,
    /** Toward zero. */
    RZ,
    /** To nearest even; too large a value becomes the largest finite one. */
    SATFINITE
  }

  /** The format of the last step. */
  public Optional<Format> output() {
    return steps.isEmpty() ? Optional.empty() : Optional.of(steps.getLast().format());
  }

  /** The only step, if it is a conversion. */
  public Optional<Cvt> onlyCvt() {
    return steps.size() == 1 && steps.getFirst() instanceof Cvt cvt
        ? Optional.of(cvt)
        : Optional.empty();
  }

  static Epilogue parse(String text) {
    if (text.strip().equals("none")) {
      return new Epilogue(List.of());
    }
    List<Step> steps = new ArrayList<>();
    for (String step : Part.split(text, ';')) {
      steps.add(step(step));
    }
    return new Epilogue(steps);
  }

  private static Step step(String text) {
    Words words = Words.of(text);
    Step step =
        switch (words.next()) {
          case "mul" -> new Mul(words.constant(Factor.class), words.constant(Format.F32));
          case "fma" ->
              new Fma(words.expect("alpha").expect("acc").expect("beta*C").constant(Format.F32));
          case "add" -> add(words);
          case "act" -> new Act(words.constant(Function.class), words.constant(Format.F32));
          case "cvt" -> new Cvt(words.constant(Format.class), words.constant(Conversion.RNE));
          default -> throw words.error("expected one of mul fma add act cvt");
        };
    words.end();
    return step;
  }

  private static Step add(Words words) {
    String operand = words.next();
    Format format = words.constant(Format.F32);
    return switch (operand) {
      case "bias" -> new AddBias(format);
      case "residual" -> new AddResidual(format);
      default -> throw words.error("expected add(bias,...) or add(residual,...)");
    };
  }

  String text() {
    return steps.isEmpty()
        ? "none"
        : steps.stream().map(Epilogue::text).collect(Collectors.joining(";"));
  }

  private static String text(Step step) {
    String format = Part.word(step.format());
    return switch (step) {
      case Mul mul -> "mul(" + Part.word(mul.by()) + "," + format + ")";
      case Fma _ -> "fma(alpha,acc,beta*C," + format + ")";
      case AddBias _ -> "add(bias," + format + ")";
      case AddResidual _ -> "add(residual," + format + ")";
      case Act act -> "act(" + Part.word(act.function()) + "," + format + ")";
      case Cvt cvt -> "cvt(" + format + "," + Part.word(cvt.conversion()) + ")";
    };
  }
}
