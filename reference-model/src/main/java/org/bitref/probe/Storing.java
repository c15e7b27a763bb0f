package org.bitref.probe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bitref.kernel.spec.SingleOutput;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.probe.Row.Terms;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.Epilogue.Conversion;
import org.bitref.recipe.Epilogue.Cvt;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;
import org.bitref.recipe.Lanes;
import org.bitref.recipe.Split;
import org.bitref.tensor.DType;

/**
 * What happens to an operand before the sum and to the sum after it, read from outputs of one and
 * two terms, which no order of sums can change.
 *
 * @param in what the operands are rounded to
 * @param epilogue from the sum to the result
 */
record Storing(Input in, Epilogue epilogue) {
  /**
   * All that give the answers of column {@code column}, simple ones first; of those that do the
   * same to every sum that a {@code register} holds, the first.
   */
  static List<Storing> read(Answers answers, int column, Format register) {
    ProbeSetup setup = answers.probe().setup();
    List<Integer> rows = plainRows(answers.probe());
    List<Storing> found = new ArrayList<>();
    Set<List<Object>> seen = new HashSet<>();
    for (Input in : inputs(setup.in())) {
      for (Epilogue epilogue : epilogues(setup)) {
        Storing storing = new Storing(in, epilogue);
        boolean any = false;
        for (List<Epilogue.Step> via : registers()) {
          any = any || storing.explains(answers, rows, column, via);
        }
        if (any && seen.add(storing.signature(register))) {
          found.add(storing);
        }
      }
    }
    return found;
  }

  /** Rows of terms at 0 and 1 alone whose exact sum a float holds. */
  private static List<Integer> plainRows(Probe probe) {
    List<Integer> rows = new ArrayList<>();
    for (int r = 0; r < probe.rows().size(); r++) {
      if (probe.rows().get(r) instanceof Terms terms
          && terms.group() != Row.Group.TINY
          && !terms.purpose().equals(RoundingRows.ALIGN)
          && terms.at().stream().allMatch(k -> k < 2)) {
        double[] products = probe.products(terms);
        double sum = products[0] + products[1];
        if (Double.isNaN(sum) || Math.abs(sum) > 0x1p127 || (float) sum == sum) {
          rows.add(r);
        }
      }
    }
    return rows;
  }

  private static List<Input> inputs(DType dtype) {
    Format own = dtype.format().orElseThrow();
    List<Input> inputs = new ArrayList<>();
    inputs.add(Input.of(own));
    if (dtype == DType.F32) {
      for (Rounding rounding : List.of(Rounding.RZ, Rounding.RNE, Rounding.RNA)) {
        inputs.add(new Input(Format.TF32, Format.TF32, rounding, false));
      }
      inputs.add(Input.of(Format.BF16));
      inputs.add(Input.of(Format.F16));
    }
    if (dtype != DType.F64 && dtype.bytes() > 1) {
      inputs.add(new Input(own, own, Rounding.RZ, true));
    }
    return inputs;
  }

  private static List<Epilogue> epilogues(ProbeSetup setup) {
    Format out = setup.out().format().orElseThrow();
    List<Epilogue> all = new ArrayList<>();
    List<Epilogue.Step> none = List.of();
    for (List<Epilogue.Step> stored : conversions(out)) {
      List<List<Epilogue.Step>> sums = new ArrayList<>();
      if (setup.bias()) {
        sums.add(join(List.of(new Epilogue.AddBias(Format.F32)), stored));
        sums.add(join(stored, List.of(new Epilogue.AddBias(out))));
      } else {
        sums.add(stored);
      }
      for (List<Epilogue.Step> sum : sums) {
        all.add(new Epilogue(sum));
        for (Epilogue.Function function : Epilogue.Function.values()) {
          List<Epilogue.Step> before = new ArrayList<>(sum);
          boolean converts = !sum.isEmpty() && sum.getLast() instanceof Cvt;
          List<Epilogue.Step> last = converts ? List.of(before.removeLast()) : none;
          all.add(
              new Epilogue(
                  join(before, join(List.of(new Epilogue.Act(function, Format.F32)), last))));
          all.add(new Epilogue(join(sum, List.of(new Epilogue.Act(function, out)))));
        }
      }
    }
    return all.stream().distinct().toList();
  }

  private static List<List<Epilogue.Step>> conversions(Format out) {
    List<List<Epilogue.Step>> conversions = new ArrayList<>();
    if (out == Format.F32 || out == Format.F64) {
      conversions.add(List.of());
    }
    for (Conversion conversion : Conversion.values()) {
      conversions.add(List.of(new Cvt(out, conversion)));
    }
    return conversions;
  }

  private static List<Epilogue.Step> join(List<Epilogue.Step> a, List<Epilogue.Step> b) {
    List<Epilogue.Step> both = new ArrayList<>(a);
    both.addAll(b);
    return both;
  }

  /** In what a sum may rest before the epilogue. */
  private static List<List<Epilogue.Step>> registers() {
    Cvt narrow = new Cvt(Format.E8M13, Conversion.RZ);
    Cvt half = new Cvt(Format.F16, Conversion.RNE);
    Cvt brain = new Cvt(Format.BF16, Conversion.RNE);
    return List.of(
        List.of(new Cvt(Format.F32, Conversion.RNE)),
        List.of(new Cvt(Format.F32, Conversion.RZ)),
        List.of(half),
        List.of(narrow),
        List.of(brain),
        List.of(new Cvt(Format.F64, Conversion.RNE)),
        List.of(half, brain),
        List.of(narrow, half),
        List.of(narrow, brain));
  }

  private boolean explains(
      Answers answers, List<Integer> rows, int column, List<Epilogue.Step> register) {
    GemmRecipe recipe = sum(register);
    if (DType.of(recipe.output()) != answers.probe().setup().out()) {
      return false;
    }
    SingleOutput[] byBias = new SingleOutput[2];
    for (int row : rows) {
      Probe probe = answers.probe();
      Probe.Call call = probe.calls().get(probe.place(row).call());
      double bias = call.bias() == null ? 0 : call.bias().get(column);
      int slot = bias == 0 ? 0 : 1;
      byBias[slot] = byBias[slot] == null ? new SingleOutput(recipe, 2, 1, bias) : byBias[slot];
      double[] a = new double[2];
      double[] b = new double[2];
      int m = probe.place(row).m();
      for (int k = 0; k < 2; k++) {
        a[k] = in.roundX(call.x().get((long) m * probe.setup().k() + k));
        b[k] = in.roundW(call.w().get((long) column * probe.setup().k() + k));
      }
      if (!Bits.same(answers.bits(row, column), byBias[slot].bits(a, b), recipe.output())) {
        return false;
      }
    }
    return true;
  }

  private GemmRecipe sum(List<Epilogue.Step> register) {
    return new GemmRecipe(
        in,
        new Inner.Fma(Accumulator.F64RNE, Lanes.ONE),
        new Chain.Seq(),
        new Split.None(),
        new Combine.None(),
        new Epilogue(join(register, epilogue.steps())));
  }

  /** Equal for two that do the same to every operand and, as far as was tried, to every sum. */
  private List<Object> signature(Format register) {
    Random random = new Random(0);
    List<Object> signature = new ArrayList<>();
    signature.add(in);
    signature.add(epilogue.output().isPresent());
    for (double bias : new double[] {0, 1, 0.3}) {
      SingleOutput result =
          new SingleOutput(sum(List.of(new Cvt(register, Conversion.RNE))), 1, 1, (float) bias);
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
  long stored(double sum, double bias, Format out) {
    Format register = epilogue.output().isPresent() ? Format.F64 : out;
    return new SingleOutput(sum(List.of(new Cvt(register, Conversion.RNE))), 1, 1, bias)
        .bits(new double[] {sum}, new double[] {1});
  }
}
