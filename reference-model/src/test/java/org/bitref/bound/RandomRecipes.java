package org.bitref.bound;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.bound.ProductFamily.Arithmetic;
import org.bitref.numerics.Format;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;

/** Seeded recipes, with the types of the tensors that they take and the family they belong to. */
public final class RandomRecipes {
  /**
   * @param family that gives it
   */
  public record Case(DType x, DType w, GemmRecipe recipe, Family family) {}

  /** What families differ in. */
  public record Family(
      Arithmetic arithmetic, InputRounding input, Optional<Format> rounded, boolean inOrder) {
    static Family of(ProductFamily family) {
      return new Family(family.arithmetic(), family.input(), family.rounded(), family.inOrder());
    }

    static Family of(Arithmetic arithmetic, boolean inOrder) {
      return new Family(arithmetic, InputRounding.NONE, Optional.empty(), inOrder);
    }
  }

  private final Random random;

  public RandomRecipes(long seed) {
    this.random = new Random(seed);
  }

  private String one(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Any of them. */
  public Case next() {
    return switch (random.nextInt(4)) {
      case 0 -> half();
      case 1 -> rounded();
      default -> single();
    };
  }

  /** K consecutive, or not. */
  private String split(boolean inOrder, int most) {
    int s = 2 + random.nextInt(most - 1);
    return inOrder
        ? one(
            "none",
            "splitk(s=" + s + ",g=8)",
            "splitk(s=" + s + ",g=64)",
            "splitk(s=" + s + ",g=8,residue=first,bk=32)",
            "even(s=" + s + ")",
            "streamk(units=" + s + ",bk=32)")
        : "cyclic(s=" + s + ",bk=" + one("8", "32", "64") + ")";
  }

  private String chain(boolean inOrder) {
    return inOrder
        ? one("seq", "seq", "kblock(q=64,rule=mlas)", "promote(every=64,into=f32rne)")
        : one("seq", "sliced(q=2,bk=32)", "sliced(q=4,bk=64)");
  }

  private String order(boolean inOrder) {
    return inOrder ? one("fwd", "rev") : one("fwd", "rev", "pair", "tree");
  }

  /** Float32 accumulators and partial sums. */
  Case single() {
    boolean inOrder = random.nextBoolean();
    String type = one("f16", "bf16", "f32", "tf32");
    String w = type.equals("tf32") ? "8" : "16";
    String inner =
        one(
            "fma(acc=f32rne,lanes=1)",
            "muladd(acc=f32rne,lanes=1)",
            inOrder
                ? "fma(acc=f32rne,lanes=4,order=blocked)"
                : "fma(acc=f32rne,lanes=8,tree=butterfly)",
            type.equals("bf16") ? "bf16dp(order=oddeven,ftz)" : "muladd(acc=f32rne,lanes=1)");
    if (!type.equals("f32") && random.nextBoolean()) {
      inner =
          one(
              "fda(w=" + w + ",F=25,acc=f32rz)",
              "fda(w=8,F=24,acc=f32rz)",
              "fda(w=4,F=23,acc=f32rz)",
              "fda(w=16,F=25,acc=f32rz,kper=pairs)",
              "fda(w=16,F=25,acc=f32rz,kper=v8x4)");
    }
    String chain = inner.contains("lanes=4") || inner.contains("lanes=8") ? "seq" : chain(inOrder);
    String split = chain.startsWith("kblock") ? "none" : split(inOrder, 12);
    String combine =
        split.equals("none") ? "none" : "partial=f32,order=" + order(inOrder) + ",add=f32rne";
    String rounding = type.equals("tf32") ? one("trunc", "rna", "rne") : "";
    String out = type.endsWith("16") ? one(type, "f32") : one("f16", "f32");
    DType operand = type.equals("f16") ? DType.F16 : type.equals("bf16") ? DType.BF16 : DType.F32;
    InputRounding input =
        switch (rounding) {
          case "trunc" -> InputRounding.TF32_RZ;
          case "rna" -> InputRounding.TF32_RNA;
          case "rne" -> InputRounding.TF32_RNE;
          default -> InputRounding.NONE;
        };
    Family family = new Family(Arithmetic.FLOAT32, input, Optional.empty(), inOrder);
    String in = "in=" + type + (rounding.isEmpty() ? "" : ",tf32=" + rounding);
    return of(operand, in, inner, chain, split, combine, out, family);
  }

  /** Partial sums of 16 bits. */
  Case rounded() {
    boolean inOrder = random.nextBoolean();
    String type = one("f16", "bf16");
    String split = split(inOrder, 16);
    String combine =
        split.equals("none")
            ? "none"
            : "partial="
                + type
                + ",order="
                + (inOrder ? one("fwd", "rev") : "fwd")
                + ",add="
                + one(type + "rne", "inplace");
    return of(
        type.equals("f16") ? DType.F16 : DType.BF16,
        "in=" + type,
        one("fda(w=16,F=25,acc=f32rz)", "fma(acc=f32rne,lanes=1)"),
        "seq",
        split,
        combine,
        type,
        new Family(
            Arithmetic.FLOAT32_ROUNDED_SUMS,
            InputRounding.NONE,
            Optional.of(type.equals("f16") ? Format.F16 : Format.BF16),
            inOrder));
  }

  /** Float16 accumulators. */
  Case half() {
    int kind = random.nextInt(4);
    boolean inOrder = kind < 2;
    String inner =
        switch (kind) {
          case 0 -> one("fda(w=16,F=25,acc=f16rne)", "fda(w=16,F=25,acc=f16rne,floor=-21)");
          case 1, 2 -> one("fda(w=8,F=24,acc=f16rne)", "fda(w=4,F=23,acc=f16rne)");
          default ->
              one(
                  "fma(acc=f16rne,lanes=1)",
                  "muladd(acc=f16rne,lanes=1)",
                  "fma(acc=f16rne,lanes=8)");
        };
    String split = inner.contains("lanes=8") ? "none" : split(inOrder, 5);
    String combine =
        split.equals("none") ? "none" : "partial=f16,order=" + order(inOrder) + ",add=f16rne";
    Arithmetic arithmetic =
        switch (kind) {
          case 0 -> Arithmetic.FLOAT16_STEPS_OF_16;
          case 1, 2 -> Arithmetic.FLOAT16_STEPS_OF_4;
          default -> Arithmetic.FLOAT16_EACH;
        };
    return of(
        DType.F16,
        "in=f16",
        inner,
        "seq",
        split,
        combine,
        one("f16", "f32"),
        Family.of(arithmetic, inOrder));
  }

  private Case of(
      DType type,
      String in,
      String inner,
      String chain,
      String split,
      String combine,
      String out,
      Family family) {
    String cvt = "cvt(" + out + "," + one("rne", "rne", "rz", "satfinite") + ")";
    String text = String.join(" | ", List.of(in, inner, chain, split, combine, cvt));
    return new Case(type, type, GemmRecipe.parse(text), family);
  }
}
