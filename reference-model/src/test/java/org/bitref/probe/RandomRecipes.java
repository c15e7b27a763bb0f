package org.bitref.probe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;

/** Recipes drawn from the grammar, such that every part can matter for K terms. */
final class RandomRecipes {
  private final Random random;

  RandomRecipes(long seed) {
    this.random = new Random(seed);
  }

  /** A recipe and the types of its operands and its result. */
  record Drawn(GemmRecipe recipe, DType in, DType out, boolean bias) {}

  Drawn next(int k) {
    DType in =
        pick(
            DType.F16,
            DType.F16,
            DType.F16,
            DType.BF16,
            DType.BF16,
            DType.F32,
            DType.F32,
            DType.F64,
            DType.F8_E5M2,
            DType.F8_E4M3);
    boolean fp8 = in.bytes() == 1;
    boolean f64 = in == DType.F64;
    DType out =
        fp8
            ? pick(DType.F16, DType.F32, DType.BF16)
            : in == DType.F32 ? DType.F32 : f64 ? DType.F64 : pick(in, in, in, DType.F32);
    String input =
        switch (in) {
          case F16 -> pick("in=f16", "in=f16", "in=f16", "in=f16,daz");
          case BF16 -> pick("in=bf16", "in=bf16", "in=bf16,daz");
          case F32 ->
              pick(
                  "in=f32",
                  "in=f32",
                  "in=tf32,tf32=trunc",
                  "in=tf32,tf32=rne",
                  "in=tf32,tf32=rna",
                  "in=f32,daz",
                  "in=bf16");
          case F64 -> "in=f64";
          case F8_E5M2 -> "in=e5m2";
          default -> "in=e4m3";
        };
    boolean half = in == DType.F16;
    String inner = inner(in, half, fp8, f64);
    boolean bias = random.nextInt(4) == 0;
    boolean exact = inner.equals("exact");
    String chain = exact || random.nextInt(2) == 0 ? "seq" : chain(k, half || fp8, f64);
    boolean split = !exact && random.nextInt(2) == 0;
    String text =
        input
            + " | "
            + inner
            + " | "
            + chain
            + " | "
            + (split ? split(k) : "none")
            + " | "
            + (split ? combine(half, chain.equals("seq")) : "none")
            + " | "
            + epilogue(out, bias);
    GemmRecipe recipe = GemmRecipe.parse(text);
    if (DType.of(recipe.output()) != out) {
      return next(k);
    }
    return new Drawn(recipe, in, out, bias);
  }

  private String inner(DType in, boolean half, boolean fp8, boolean f64) {
    if (f64) {
      return pick("fma", "muladd") + "(acc=f64rne," + lanes() + ")";
    }
    if (fp8) {
      return "fda(w="
          + pick(16, 32)
          + pick(",F=13,acc=e8m13rz", ",F=13,acc=f16rne", ",F=25,acc=f32rz")
          + pick("", "", kper())
          + pick("", "", "", ",clast")
          + ")";
    }
    int kind = random.nextInt(11);
    if (kind == 10) {
      return "exact";
    }
    if (kind < 5) {
      int w = pick(4, 8, 16, 16, 32, 2 + random.nextInt(30));
      String acc = half ? pick("f32rz", "f16rne", "f32rne") : pick("f32rz", "f32rne", "e8m13rz");
      int f = pick(23, 24, 25, 25, (in == DType.F32 ? 23 : 18) + random.nextInt(4));
      return "fda(w="
          + w
          + ",F="
          + f
          + ",acc="
          + acc
          + kper()
          + pick("", "", "", "", ",clast")
          + pick("", "", "", "", acc.equals("f16rne") ? ",floor=-21" : ",floor=-133")
          + ")";
    }
    if (kind == 5 && in == DType.BF16) {
      return "bf16dp(order=" + pick("oddeven", "evenodd") + pick(",ftz", "") + ")";
    }
    String acc = half ? pick("f32rne", "f16rne") : pick("f32rne", "f32rne", "f64rne");
    return pick("fma", "fma", "muladd") + "(acc=" + acc + "," + lanes() + ")";
  }

  private String kper() {
    int period = pick(8, 16, 32);
    List<Integer> order = new ArrayList<>();
    for (int i = 1; i < period; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    order.addFirst(0);
    String text = order.toString().replace('[', '(').replace(']', ')').replace(" ", "");
    return pick("", "", "", ",kper=pairs", ",kper=v8x4", ",kper=" + text);
  }

  private String lanes() {
    if (random.nextInt(3) > 0) {
      return "lanes=1";
    }
    int count = pick(2, 4, 8, 16, 32, 2 + random.nextInt(20));
    String tree = ",tree=" + pick("seq", "pair", "butterfly");
    return "lanes="
        + count
        + pick(
            ",order=blocked" + tree,
            ",order=strided" + tree + pick("", ",tail=first", ",tail=after"));
  }

  private String chain(int k, boolean half, boolean f64) {
    String into = f64 ? "f64rne" : half ? pick("f32rne", "f16rne") : pick("f32rne", "f64rne");
    return switch (random.nextInt(3)) {
      case 0 -> {
        int q = pick(2, 4, 8);
        yield "sliced(q=" + q + ",bk=" + q * pick(8, 16, 32) + ")";
      }
      case 1 ->
          "promote(every="
              + pick(32, 64, 128, 16 + random.nextInt(k / 2))
              + ",into="
              + into
              + pick("", "", ",fmascale")
              + ")";
      default ->
          "kblock(q="
              + pick(k / 3, 64, 128, k * 2 / 3)
              + ",rule="
              + pick("openblas", "mlas", "mkl", "onednn")
              + ")";
    };
  }

  private String split(int k) {
    int bk = pick(16, 32, 64);
    int s = pick(2, 2, 3, 4, 5, 8);
    return switch (random.nextInt(6)) {
      case 0 -> "cyclic(s=" + Math.min(s, k / bk) + ",bk=" + bk + ")";
      case 1 -> "even(s=" + s + ")";
      case 2 -> "streamk(units=" + Math.min(s, k / bk) + ",bk=" + bk + ")";
      case 3 -> bounds(k);
      default -> "splitk(s=" + s + ",g=" + pick(8, 16) + pick("", ",residue=first,bk=" + bk) + ")";
    };
  }

  private String bounds(int k) {
    List<String> ends = new ArrayList<>();
    for (int end = 3 + random.nextInt(k / 2);
        end < k - 2 && ends.size() < 6;
        end += 3 + random.nextInt(k / 3)) {
      ends.add(String.valueOf(end));
    }
    return "bounds(" + String.join(",", ends) + ")";
  }

  private String combine(boolean half, boolean trees) {
    String partial = half ? pick("f32", "f32", "f16") : pick("f32", "f32", "bf16");
    String add =
        half
            ? pick("f32rne", "f32rne", "f16rne", "inplace")
            : pick("f32rne", "f32rne", "bf16rne", "inplace");
    String order =
        !trees || add.equals("inplace")
            ? pick("fwd", "rev")
            : pick("fwd", "fwd", "rev", "pair", "tree");
    return "partial=" + partial + ",order=" + order + ",add=" + add;
  }

  private String epilogue(DType out, boolean bias) {
    String word =
        switch (out) {
          case F16 -> "f16";
          case BF16 -> "bf16";
          case F64 -> "f64";
          default -> "f32";
        };
    boolean plain = out == DType.F32 || out == DType.F64;
    String cvt = "cvt(" + word + "," + pick("rne", "rne", "rne", "rz", "satfinite") + ")";
    String stored = plain && random.nextBoolean() ? "" : cvt;
    if (bias) {
      String after = stored.isEmpty() ? cvt : stored;
      return pick("add(bias,f32);" + after, after + ";add(bias," + word + ")");
    }
    int act = random.nextInt(8);
    String function = pick("relu", "relu", "silu", "sigmoid");
    if (act == 0) {
      return "act(" + function + ",f32);" + cvt;
    }
    if (act == 1) {
      return cvt + ";act(" + function + "," + word + ")";
    }
    return stored.isEmpty() ? "none" : stored;
  }

  @SafeVarargs
  private final <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
