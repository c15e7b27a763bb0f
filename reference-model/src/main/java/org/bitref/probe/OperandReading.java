package org.bitref.probe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.kernel.spec.SingleOutput;
import org.bitref.numerics.Format;
import org.bitref.probe.Row.Terms;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.Epilogue.Conversion;
import org.bitref.recipe.Epilogue.Cvt;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Split;
import org.bitref.search.space.OperandRounding;
import org.bitref.search.space.OrderSpace;
import org.bitref.tensor.DType;

/**
 * Reads the rounding of operands and results from outputs of one and two terms, which no order of
 * sums can change.
 */
final class OperandReading {
  private OperandReading() {}

  /**
   * All that give the answers of column {@code column}, simple ones first; of those that do the
   * same to every sum that a {@code register} holds, the first.
   */
  static List<OperandRounding> read(Answers answers, int column, Format register) {
    ProbeSetup setup = answers.probe().setup();
    Samples plain = plain(answers, column);
    List<OperandRounding> found = new ArrayList<>();
    Set<List<Object>> seen = new HashSet<>();
    for (OperandRounding one : OperandRounding.all(setup.in(), setup.out(), setup.bias())) {
      boolean explains =
          OperandRounding.registers().stream()
              .map(via -> sum(one, via))
              .anyMatch(r -> DType.of(r.output()) == setup.out() && plain.allow(r));
      if (explains && seen.add(signature(one, register))) {
        found.add(one);
      }
    }
    return found;
  }

  /** The answers to terms at 0 and 1 alone whose exact sum a float holds. */
  private static Samples plain(Answers answers, int column) {
    Probe probe = answers.probe();
    Samples plain = new Samples(answers, new Budget(Long.MAX_VALUE), 2);
    for (int r = 0; r < probe.rows().size(); r++) {
      if (probe.rows().get(r) instanceof Terms terms
          && terms.group() != Row.Group.TINY
          && terms.purpose() != Evidence.Purpose.ALIGNMENT
          && terms.at().stream().allMatch(k -> k < 2)) {
        double[] products = probe.products(terms);
        double sum = products[0] + products[1];
        if (Double.isNaN(sum) || Math.abs(sum) > 0x1p127 || (float) sum == sum) {
          plain.addRow(r, column);
        }
      }
    }
    return plain;
  }

  /**
   * @param register what the sum passes through
   */
  private static GemmRecipe sum(OperandRounding rounding, List<Epilogue.Step> register) {
    return new GemmRecipe(
        rounding.in(),
        OrderSpace.chain(Accumulator.F64RNE),
        new Chain.Seq(),
        new Split.None(),
        new Combine.None(),
        new Epilogue(
            Stream.concat(register.stream(), rounding.epilogue().steps().stream()).toList()));
  }

  private static SingleOutput held(OperandRounding rounding, Format register, double bias) {
    return new SingleOutput(sum(rounding, List.of(new Cvt(register, Conversion.RNE))), 1, 1, bias);
  }

  /** Equal for two that do the same to every operand and, as far as was tried, to every sum. */
  private static List<Object> signature(OperandRounding rounding, Format register) {
    Random random = new Random(0);
    List<Object> signature = new ArrayList<>();
    signature.add(rounding.in());
    signature.add(rounding.epilogue().output().isPresent());
    for (double bias : new double[] {0, 1, 0.3f}) {
      SingleOutput result = held(rounding, register, bias);
      for (int i = 0; i < 300; i++) {
        double sum = i < 3 ? (i - 1) * Double.MAX_VALUE : Float.intBitsToFloat(random.nextInt());
        double mild = Math.scalb(random.nextGaussian(), random.nextInt(20) - 10);
        signature.add(result.bits(new double[] {sum}, new double[] {1}));
        signature.add(result.bits(new double[] {mild}, new double[] {1}));
      }
    }
    return signature;
  }

  /** The stored result of an exact sum. */
  static long stored(OperandRounding rounding, double sum, double bias, Format out) {
    Format register = rounding.epilogue().output().isPresent() ? Format.F64 : out;
    return held(rounding, register, bias).bits(new double[] {sum}, new double[] {1});
  }
}
