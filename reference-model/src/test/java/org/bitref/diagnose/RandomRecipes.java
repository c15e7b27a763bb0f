package org.bitref.diagnose;

import java.util.List;
import java.util.Random;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;

/** Seeded recipes, with the types of the tensors that they take and the family they belong to. */
final class RandomRecipes {
  /**
   * @param family the beginning of the family's text
   */
  record Case(DType x, DType w, GemmRecipe recipe, String family) {}

  private static final String IN_ORDER = " in the order of K";
  private static final String ANY_ORDER = " in any order";

  private final Random random;

  RandomRecipes(long seed) {
    this.random = new Random(seed);
  }

  private String one(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Any of them. */
  Case next() {
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
    String family =
        type.equals("tf32")
            ? "a float32 accumulator of factors rounded to tf32 "
                + (rounding.equals("trunc") ? "rz" : rounding)
            : "a float32 accumulator";
    String in = "in=" + type + (rounding.isEmpty() ? "" : ",tf32=" + rounding);
    return of(operand, in, inner, chain, split, combine, out, family + name(inOrder));
  }

  private static String name(boolean inOrder) {
    return inOrder ? IN_ORDER : ANY_ORDER;
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
        "a float32 accumulator with up to 16 partial sums rounded to " + type + name(inOrder));
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
    String family =
        switch (kind) {
          case 0 -> "fused steps of 16 or more terms" + IN_ORDER;
          case 1 -> "fused steps of 4 or more terms" + IN_ORDER;
          case 2 -> "fused steps of 4 or more terms" + ANY_ORDER;
          default -> "every product and sum rounded," + ANY_ORDER;
        };
    return of(
        DType.F16,
        "in=f16",
        inner,
        "seq",
        split,
        combine,
        one("f16", "f32"),
        "a float16 accumulator, " + family);
  }

  private Case of(
      DType type,
      String in,
      String inner,
      String chain,
      String split,
      String combine,
      String out,
      String family) {
    String cvt = "cvt(" + out + "," + one("rne", "rne", "rz", "satfinite") + ")";
    String text = String.join(" | ", List.of(in, inner, chain, split, combine, cvt));
    return new Case(type, type, GemmRecipe.parse(text), family);
  }
}
