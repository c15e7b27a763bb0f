package org.bitref.search.space;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.Epilogue.Act;
import org.bitref.recipe.Epilogue.AddBias;
import org.bitref.recipe.Epilogue.Conversion;
import org.bitref.recipe.Epilogue.Cvt;
import org.bitref.recipe.Epilogue.Step;
import org.bitref.recipe.Input;
import org.bitref.tensor.DType;

/**
 * What happens to an operand before the sum and to the sum after it.
 *
 * @param in what the operands are rounded to
 * @param epilogue from the sum to the result
 */
public record OperandRounding(Input in, Epilogue epilogue) {
  /**
   * All of a device, simple ones first.
   *
   * @param in type of both operands
   * @param out type of the result
   * @param bias true if the device adds one, of type {@code out}
   */
  public static List<OperandRounding> all(DType in, DType out, boolean bias) {
    List<Epilogue> epilogues = epilogues(out.format().orElseThrow(), bias);
    return inputs(in)
        .flatMap(input -> epilogues.stream().map(end -> new OperandRounding(input, end)))
        .toList();
  }

  private static Stream<Input> inputs(DType dtype) {
    Format own = dtype.format().orElseThrow();
    List<Input> inputs = new ArrayList<>();
    inputs.addAll(
        dtype == DType.F32
            ? singles(Rounding.RZ, Rounding.RNE, Rounding.RNA)
            : List.of(Input.of(own)));
    if (dtype != DType.F64 && dtype.bytes() > 1) {
      inputs.add(new Input(own, own, Rounding.RZ, true));
    }
    return inputs.stream();
  }

  /**
   * What float32 operands may be rounded to.
   *
   * @param tf32 the roundings to TF32
   */
  static List<Input> singles(Rounding... tf32) {
    List<Input> inputs = new ArrayList<>();
    inputs.add(Input.of(Format.F32));
    for (Rounding rounding : tf32) {
      inputs.add(new Input(Format.TF32, Format.TF32, rounding, false));
    }
    inputs.add(Input.of(Format.BF16));
    inputs.add(Input.of(Format.F16));
    return inputs;
  }

  private static List<Epilogue> epilogues(Format out, boolean bias) {
    List<List<Step>> sums = new ArrayList<>();
    for (List<Step> stored : conversions(out)) {
      if (bias) {
        sums.add(join(List.of(new AddBias(Format.F32)), stored));
        sums.add(join(stored, List.of(new AddBias(out))));
      } else {
        sums.add(stored);
      }
    }
    List<Epilogue> all = new ArrayList<>();
    for (List<Step> sum : sums) {
      all.add(new Epilogue(sum));
      int steps = sum.size();
      int before = steps > 0 && sum.getLast() instanceof Cvt ? steps - 1 : steps;
      for (Epilogue.Function function : Epilogue.Function.values()) {
        List<Step> activated = join(sum.subList(0, before), List.of(new Act(function, Format.F32)));
        all.add(new Epilogue(join(activated, sum.subList(before, steps))));
        all.add(new Epilogue(join(sum, List.of(new Act(function, out)))));
      }
    }
    return all.stream().distinct().toList();
  }

  private static List<List<Step>> conversions(Format out) {
    List<List<Step>> conversions = new ArrayList<>();
    if (out == Format.F32 || out == Format.F64) {
      conversions.add(List.of());
    }
    for (Conversion conversion : Conversion.values()) {
      conversions.add(List.of(new Cvt(out, conversion)));
    }
    return conversions;
  }

  /** In what a sum may rest before the epilogue. */
  public static List<List<Step>> registers() {
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

  private static List<Step> join(List<Step> a, List<Step> b) {
    return Stream.concat(a.stream(), b.stream()).toList();
  }
}
