package org.bitref.recipe;

import java.util.ArrayList;
import java.util.List;
import org.bitref.numerics.Format;

/**
 * How a matrix product y = x·wᵀ is rounded and ordered, from operand to stored result. Its text has
 * six fields:
 *
 * <pre>in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f16,rne)</pre>
 *
 * <p>Every output is computed by itself: K is cut into slices by {@code split}; each slice is
 * folded by {@code chain}, whose accumulators work as {@code inner} says; the slices' sums are
 * added by {@code combine}; {@code epilogue} makes the stored value of the sum.
 *
 * <p>Worked example, {@code in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)},
 * products 1 and 3·2^-12: the sum is {@code 0x3F801800} and the result 1 + 2^-10 ({@code 0x3C01}).
 *
 * @param in what the operands are rounded to
 * @param inner the arithmetic of the accumulator
 * @param chain which accumulator takes which terms
 * @param split how K is cut into slices
 * @param combine how slices are added
 * @param epilogue from the sum to the result
 */
public record GemmRecipe(
    Input in, Inner inner, Chain chain, Split split, Combine combine, Epilogue epilogue)
    implements StageRecipe {

  /**
   * @throws IllegalArgumentException for parts that contradict each other
   */
  public GemmRecipe {
    Check.that(
        split instanceof Split.None == combine instanceof Combine.None,
        "a split needs a combine, and a combine needs a split");
    boolean plain = chain instanceof Chain.Seq && split instanceof Split.None;
    Check.that(
        !(inner instanceof Inner.Exact) || plain,
        "exact has no order: its chain is seq, its split none");
    boolean wide = in.x() == Format.F64 || in.w() == Format.F64;
    Check.that(!wide || !(inner instanceof Inner.Fda), "fda takes no f64 operands");
  }

  /**
   * Reads a recipe: fields in this order, keys and spaces inside a field as they come.
   *
   * @throws RecipeSyntaxException if the text is none
   */
  public static GemmRecipe parse(String text) {
    List<String> fields = Part.split(text, '|');
    if (fields.size() != 6) {
      throw new RecipeSyntaxException(
          text,
          "expected six fields, input | inner | chain | split | combine | epilogue, found "
              + fields.size());
    }
    try {
      return new GemmRecipe(
          Input.parse(fields.get(0)),
          Grammar.INNER.parse(fields.get(1)),
          Grammar.CHAIN.parse(fields.get(2)),
          Split.parse(fields.get(3)),
          Combine.parse(fields.get(4)),
          Epilogue.parse(fields.get(5)));
    } catch (RecipeSyntaxException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new RecipeSyntaxException(text, e.getMessage());
    }
  }

  @Override
  public String text() {
    return String.join(
        " | ",
        in.text(),
        inner.text(),
        chain.text(),
        split.text(),
        combine.text(),
        epilogue.text());
  }

  @Override
  public Format output() {
    return epilogue.output().orElseGet(this::sumFormat);
  }

  /** True if a sum is multiplied by the scale of x; else what x stands for enters the products. */
  public boolean scalesX() {
    return scales(Epilogue.Factor.SX);
  }

  /** True if a sum is multiplied by the scale of w; else what w stands for enters the products. */
  public boolean scalesW() {
    return scales(Epilogue.Factor.SW);
  }

  private boolean scales(Epilogue.Factor own) {
    boolean fused = chain instanceof Chain.Promote promote && promote.fmascale();
    return fused
        || epilogue.steps().stream()
            .anyMatch(
                step ->
                    step instanceof Epilogue.Mul mul
                        && (mul.by() == own || mul.by() == Epilogue.Factor.ALPHA));
  }

  /**
   * The recipe for a product with a bias or without one. A recipe that does not say where a bias is
   * added adds it to the finished sum, in the format of that; one that says so leaves the step out
   * where there is none. See {@link #startsWithBias} for the one exception.
   */
  public GemmRecipe biased(boolean bias) {
    List<Epilogue.Step> steps = new ArrayList<>(epilogue.steps());
    if (steps.removeIf(Epilogue.AddBias.class::isInstance) == bias) {
      return this;
    }
    if (bias) {
      steps.addFirst(new Epilogue.AddBias(sumFormat()));
    }
    return new GemmRecipe(in, inner, chain, split, combine, new Epilogue(steps));
  }

  /**
   * True if C is the bias before the first block is added to it: MKL, of which PyTorch asks for C +
   * x·wᵀ with the bias in C, unless the recipe says where the bias is added.
   */
  public boolean startsWithBias() {
    return chain instanceof Chain.KBlock(int _, Chain.KBlock.Rule rule, int _)
        && rule == Chain.KBlock.Rule.MKL
        && epilogue.steps().stream().noneMatch(Epilogue.AddBias.class::isInstance);
  }

  /** The format of the sum before the epilogue. */
  public Format sumFormat() {
    return switch (combine) {
      case Combine.Sum sum -> sum.add().format().orElse(sum.partial());
      case Combine.None _ ->
          chain instanceof Chain.Promote promote ? promote.into().format() : inner.format();
    };
  }

  @Override
  public String toString() {
    return text();
  }
}
