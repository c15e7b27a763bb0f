package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Presets.Preset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GemmRecipeTest {
  private static final String PLAIN =
      "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f16,rne)";

  @Test
  void readsTheExampleOfTheGrammar() {
    GemmRecipe expected =
        new GemmRecipe(
            Input.of(Format.F16),
            Inner.Fda.of(16, 25, Accumulator.F16RNE),
            new Chain.Seq(),
            new Split.None(),
            new Combine.None(),
            new Epilogue(List.of(new Epilogue.Cvt(Format.F16, Epilogue.Conversion.RNE))));
    assertEquals(expected, GemmRecipe.parse(PLAIN));
    assertEquals(PLAIN, expected.text());
  }

  @Test
  void generatedRecipesSurviveTheirText() {
    Generator generator = new Generator(new Random(20261121));
    for (int i = 0; i < 20_000; i++) {
      GemmRecipe recipe = generator.recipe();
      String text = recipe.text();
      assertEquals(recipe, GemmRecipe.parse(text), text);
      assertEquals(text, GemmRecipe.parse(text).text());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      textBlock =
          """
          in = bf16,bf16|fda( acc=f32rz , F=25,w=16 )|seq|none|none|none => in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none
          in=tf32|fda(w=8,F=25,acc=f32rz)|seq|none|none|none => in=tf32,tf32=trunc | fda(w=8,F=25,acc=f32rz) | seq | none | none | none
          in=f32|fma(acc=f32rne)|seq|none|none|cvt(f32) => in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | cvt(f32,rne)
          in=f16|fda(w=16,F=25,acc=f32rz)|seq|splitk(g=64,s=2)|add=f32rne,partial=f32|none => in=f16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=2,g=64,residue=last) | partial=f32,order=fwd,add=f32rne | none
          in=e4m3|fda(w=16,F=25,acc=f32rz,clast,kper=pairs,floor=-133)|seq|none|none|none => in=e4m3 | fda(w=16,F=25,acc=f32rz,kper=pairs,clast,floor=-133) | seq | none | none | none
          in=f16|fda(w=2,F=25,acc=f32rz,kper=(0,2,1,3))|seq|none|none|none => in=f16 | fda(w=2,F=25,acc=f32rz,kper=(0,2,1,3)) | seq | none | none | none
          in=f16|exact|seq|none|none|fma(alpha,acc,beta*C);add(bias,f32);act(relu,f16) => in=f16 | exact | seq | none | none | fma(alpha,acc,beta*C,f32);add(bias,f32);act(relu,f16)
          """)
  void printsTheCanonicalForm(String text, String canonical) {
    assertEquals(canonical, GemmRecipe.parse(text).text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      textBlock =
          """
          in=f16 => six fields
          in=f17 | exact | seq | none | none | none => f17
          f16 | exact | seq | none | none | none => no in=
          in=f16,tf32=rna | exact | seq | none | none | none => tf32= needs
          in=tf32,tf32=up | exact | seq | none | none | none => trunc rna rne
          in=f16 | fdb(w=16) | seq | none | none | none => expected one of fda
          in=f16 | fda(w=16,F=25) | seq | none | none | none => "acc" is missing
          in=f16 | fda(w=sixteen,F=25,acc=f32rz) | seq | none | none | none => not a whole number
          in=f16 | fda(w=0,F=25,acc=f32rz) | seq | none | none | none => w= must lie in
          in=f16 | fda(w=16,F=41,acc=f32rz) | seq | none | none | none => F= must lie in
          in=f16 | fda(w=16,F=25,acc=f64rne) | seq | none | none | none => no f64 accumulator
          in=f16 | fda(w=16,F=25,acc=f32rx) | seq | none | none | none => none of f32rz
          in=f16 | fda(w=16,F=25,acc=f32rz,kper=odd) | seq | none | none | none => none of id
          in=f16 | fda(w=16,F=25,acc=f32rz,kper=(0,0)) | seq | none | none | none => no permutation
          in=f16 | fda(w=16,F=25,acc=f32rz,floor=low) | seq | none | none | none => floor=
          in=f16 | fda(w=16,F=25,acc=f32rz,order=id) | seq | none | none | none => unknown key order
          in=f64 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none => no f64 operands
          in=f16 | fma(acc=f32rne,lanes=1,tree=pair) | seq | none | none | none => one lane
          in=f16 | fma(acc=f32rne,lanes=0) | seq | none | none | none => lanes= must be
          in=f16 | fma(acc=f32rne,lanes=4,order=blocked,tail=first) | seq | none | none | none => no tail
          in=f16 | exact | sliced(q=3,bk=64) | none | none | none => must divide
          in=f16 | exact | promote(every=4,into=f32rne) | none | none | none => exact has no order
          in=f16 | fma(acc=f32rne) | promote(every=0,into=f32rne) | none | none | none => every=
          in=f16 | fma(acc=f32rne) | kblock(q=128,rule=mlas,unroll=4) | none | none | none => knows no unroll
          in=f16 | fma(acc=f32rne) | chain | none | none | none => expected one of seq
          in=f16 | fma(acc=f32rne) | seq | splitk(s=2,g=8) | none | none => needs a combine
          in=f16 | fma(acc=f32rne) | seq | none | partial=f32,add=f32rne | none => needs a split
          in=f16 | fma(acc=f32rne) | seq | bounds(8,8) | partial=f32,add=f32rne | none => do not ascend
          in=f16 | fma(acc=f32rne) | seq | bounds() | partial=f32,add=f32rne | none => without a bound
          in=f16 | fma(acc=f32rne) | seq | splitk(s=2,g=8,bk=32) | partial=f32,add=f32rne | none => residue=first
          in=f16 | fma(acc=f32rne) | seq | half | partial=f32,add=f32rne | none => expected one of none
          in=f16 | fma(acc=f32rne) | seq | even(s=2) | partial=e4m3,add=f32rne | none => partial= is one of
          in=f16 | fma(acc=f32rne) | seq | even(s=2) | partial=f32,order=tree,add=inplace | none => not a tree
          in=f16 | exact | seq | none | none | cvt => expected a step
          in=f16 | exact | seq | none | none | cvt() => something is missing
          in=f16 | exact | seq | none | none | cvt(f16,up) => none of rne
          in=f16 | exact | seq | none | none | cvt(f16,rne,rne) => unexpected
          in=f16 | exact | seq | none | none | add(carry,f32) => add(bias
          in=f16 | exact | seq | none | none | mul(beta,f32) => "beta" is none of alpha sx sw
          in=f16 | exact | seq | none | none | act(tan,f32) => none of relu
          in=f16 | exact | seq | none | none | round(f16) => expected one of mul
          in=f16 | exact) | seq | none | none | none => too many
          """)
  void saysWhatIsWrong(String text, String complaint) {
    RecipeSyntaxException e =
        assertThrows(RecipeSyntaxException.class, () -> GemmRecipe.parse(text));
    assertTrue(e.getMessage().contains(complaint), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      textBlock =
          """
          in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | none => F16
          in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(bf16,rne) => BF16
          in=f16 | exact | seq | none | none | none => F64
          in=f16 | fda(w=16,F=13,acc=e8m13rz) | promote(every=128,into=f32rne) | none | none | none => F32
          in=f16 | fma(acc=f16rne) | seq | even(s=2) | partial=f16,add=f32rne | none => F32
          in=f16 | fma(acc=f32rne) | seq | even(s=2) | partial=bf16,add=inplace | none => BF16
          in=f16 | fma(acc=f32rne) | seq | none | none | cvt(f16,rne);add(residual,f32) => F32
          """)
  void knowsTheFormatOfTheResult(String text, Format output) {
    assertEquals(output, GemmRecipe.parse(text).output());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "volta-f16-f32acc",
        "turing-f16-f16acc",
        "ampere-tf32-f32acc",
        "ada-e4m3-f32acc",
        "hopper-f16-f16acc",
        "hopper-e5m2-f32acc",
        "blackwell-e4m3-f16acc",
        "thor-bf16-f32acc",
        "cublas-f16",
        "cublas-f16-accum16",
        "tensorrt-f16-f16acc",
        "tensorrt-f16-f32acc",
        "ort-cpu",
        "torch-cpu"
      })
  void findsPresetsByName(String name) {
    Preset<GemmRecipe> preset = Presets.GEMM.get(name);
    assertEquals(name, preset.name());
    assertTrue(preset.evidence().endsWith("."));
    assertEquals(preset.recipe(), GemmRecipe.parse(preset.recipe().text()));
  }

  @Test
  void presetsAreNumbersOfTheirArchitecture() {
    assertEquals(
        "in=tf32,tf32=trunc | fda(w=4,F=24,acc=f32rz,floor=-132) | seq | none | none | none",
        Presets.GEMM.get("ampere-tf32-f32acc").recipe().text());
    assertEquals(
        "in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | seq | none | none | none",
        Presets.GEMM.get("hopper-e4m3-f32acc").recipe().text());
    assertEquals(
        Presets.GEMM.get("blackwell-f16-f16acc").recipe(),
        Presets.GEMM.get("thor-f16-f16acc").recipe());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Presets.GEMM.get("hopper"));
    assertTrue(e.getMessage().contains("hopper-f16-f32acc"));
    List<String> names = Presets.GEMM.all().stream().map(Preset::name).toList();
    assertEquals(names.size(), names.stream().distinct().count());
  }

  /** Recipes of every kind, with a seed. */
  private record Generator(Random random) {
    GemmRecipe recipe() {
      Inner inner = inner();
      boolean split = !(inner instanceof Inner.Exact) && random.nextBoolean();
      return new GemmRecipe(
          input(),
          inner,
          inner instanceof Inner.Exact ? new Chain.Seq() : chain(),
          split ? split() : new Split.None(),
          split ? combine() : new Combine.None(),
          epilogue());
    }

    private Input input() {
      Format x = one(Format.F16, Format.BF16, Format.TF32, Format.F32, Format.E4M3);
      Format w = one(Format.F16, Format.TF32, Format.E5M2, x);
      boolean tf32 = x == Format.TF32 || w == Format.TF32;
      Rounding rounding = tf32 ? one(Rounding.values()) : Rounding.RZ;
      return new Input(x, w, rounding, random.nextBoolean());
    }

    private Inner inner() {
      return switch (random.nextInt(5)) {
        case 0 ->
            new Inner.Fda(
                number(64),
                number(40),
                one(Accumulator.F32RZ, Accumulator.F16RNE, Accumulator.E8M13RZ),
                one(KOrder.ID, KOrder.PAIRS, KOrder.V8X4, permutation()),
                random.nextBoolean(),
                random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(-number(140)));
        case 1 -> new Inner.Fma(one(Accumulator.values()), lanes());
        case 2 -> new Inner.MulAdd(one(Accumulator.values()), lanes());
        case 3 -> new Inner.Bf16Dp(one(Inner.Bf16Dp.Order.values()), random.nextBoolean());
        default -> new Inner.Exact();
      };
    }

    private KOrder permutation() {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        order.add(i);
      }
      Collections.shuffle(order, random);
      KOrder shuffled = new KOrder(order);
      return shuffled.isIdentity() ? KOrder.ID : shuffled;
    }

    private Lanes lanes() {
      int count = number(16);
      if (count == 1) {
        return Lanes.ONE;
      }
      Lanes.Order order = one(Lanes.Order.values());
      Lanes lanes = new Lanes(count, order, one(Lanes.Tree.values()), Lanes.Tail.LANES);
      boolean runs = random.nextBoolean();
      if (runs || order == Lanes.Order.BLOCKED) {
        int run = runs ? number(64) : lanes.run();
        return new Lanes(count, order, run, lanes.tree(), lanes.tail());
      }
      return new Lanes(count, order, lanes.tree(), one(Lanes.Tail.values()));
    }

    private Chain chain() {
      int q = number(4);
      return switch (random.nextInt(4)) {
        case 0 -> new Chain.Seq();
        case 1 -> new Chain.Sliced(q, q * number(32));
        case 2 -> new Chain.Promote(number(200), one(Accumulator.values()), random.nextBoolean());
        default ->
            random.nextBoolean()
                ? new Chain.KBlock(number(500), Chain.KBlock.Rule.OPENBLAS, number(32))
                : new Chain.KBlock(number(500), Chain.KBlock.Rule.MLAS, Chain.KBlock.UNROLL);
      };
    }

    private Split split() {
      return switch (random.nextInt(5)) {
        case 0 ->
            random.nextBoolean()
                ? new Split.SplitK(
                    number(132), number(128), Split.SplitK.Residue.LAST, Split.SplitK.TILE)
                : new Split.SplitK(
                    number(132), number(128), Split.SplitK.Residue.FIRST, number(128));
        case 1 -> new Split.Cyclic(number(8), number(64));
        case 2 -> new Split.Even(number(8));
        case 3 -> new Split.Bounds(List.of(number(5), 5 + number(5), 10 + number(5)));
        default -> new Split.StreamK(number(8), number(64));
      };
    }

    private Combine combine() {
      Combine.Add add = one(Combine.Add.values());
      Combine.Order order =
          add == Combine.Add.INPLACE
              ? one(Combine.Order.FWD, Combine.Order.REV)
              : one(Combine.Order.values());
      return new Combine.Sum(one(Format.F32, Format.F16, Format.BF16), order, add);
    }

    private Epilogue epilogue() {
      List<Epilogue.Step> steps = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        Format format = one(Format.F32, Format.F16, Format.BF16);
        steps.add(
            switch (random.nextInt(6)) {
              case 0 -> new Epilogue.Mul(one(Epilogue.Factor.values()), format);
              case 1 -> new Epilogue.Fma(format);
              case 2 -> new Epilogue.AddBias(format);
              case 3 -> new Epilogue.AddResidual(format);
              case 4 -> new Epilogue.Act(one(Epilogue.Function.values()), format);
              default -> new Epilogue.Cvt(format, one(Epilogue.Conversion.values()));
            });
      }
      return new Epilogue(steps);
    }

    private int number(int most) {
      return 1 + random.nextInt(most);
    }

    @SafeVarargs
    private <T> T one(T... choices) {
      return choices[random.nextInt(choices.length)];
    }
  }
}
