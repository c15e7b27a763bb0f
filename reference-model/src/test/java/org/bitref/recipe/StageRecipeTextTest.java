package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.numerics.Format;
import org.bitref.recipe.Presets.Preset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The texts of all recipes but the GEMM's: what is written is read back; what is wrong is named.
 */
final class StageRecipeTextTest {
  private static final String EXACT = "in=f64 | exact | seq | none | none | cvt(f64,rne)";
  private static final String CHAIN =
      "in=bf16 | fma(acc=f32rne,lanes=1) | seq | none | none | cvt(bf16,rne)";

  private static <E> E any(Random random, E[] values) {
    return values[random.nextInt(values.length)];
  }

  /** A recipe of each kind. */
  private static List<StageRecipe> recipes(Random random) {
    Format calc = random.nextBoolean() ? Format.F32 : Format.F64;
    Format[] formats = Format.values();
    SumOrder sum =
        switch (random.nextInt(7)) {
          case 0 -> new SumOrder.Exact();
          case 1 -> new SumOrder.Sequential();
          case 2 -> new SumOrder.TorchCuda();
          case 3 -> new SumOrder.TorchSoftmax(random.nextBoolean() ? Format.F16 : Format.F32);
          case 4 -> lanes(random);
          case 5 -> new SumOrder.Halves(1 + random.nextInt(16));
          default -> new SumOrder.Cascade(1 + random.nextInt(64));
        };
    boolean single = calc == Format.F32;
    Exponential exponential = single ? any(random, Exponential.values()) : Exponential.CR;
    SoftmaxRecipe softmax =
        new SoftmaxRecipe(
            calc,
            random.nextBoolean() ? calc : any(random, formats),
            exponential,
            sum,
            any(random, SoftmaxRecipe.Quotient.values()),
            any(random, formats));
    PointRecipe.Kind kind = any(random, PointRecipe.Kind.values());
    boolean silu = kind == PointRecipe.Kind.SILU;
    AlignedProduct qk = product(random);
    AlignedProduct pv = product(random);
    return List.of(
        new NormRecipe(
            any(random, NormRecipe.Form.values()),
            calc,
            sum,
            any(random, NormRecipe.Mean.values()),
            random.nextBoolean() ? Optional.empty() : Optional.of(random.nextInt(9) * 1e-6),
            NormRecipe.Place.INSIDE,
            single ? any(random, NormRecipe.Rsqrt.values()) : NormRecipe.Rsqrt.CR,
            random.nextBoolean(),
            random.nextBoolean(),
            any(random, formats),
            any(random, formats)),
        new PointRecipe(
            kind,
            calc,
            silu ? exponential : Exponential.CR,
            form(random, kind),
            any(random, formats)),
        new RopeRecipe(any(random, RopeRecipe.Form.values()), calc, any(random, formats)),
        softmax,
        new AttentionRecipe(
            any(random, formats),
            any(random, AttentionRecipe.Scale.values()),
            random.nextBoolean() ? calc : any(random, formats),
            softmax,
            qk,
            pv),
        tiled(random));
  }

  private static AlignedProduct product(Random random) {
    GemmRecipe first = GemmRecipe.parse(random.nextBoolean() ? EXACT : CHAIN);
    if (random.nextBoolean()) {
      return AlignedProduct.always(first);
    }
    return new AlignedProduct(
        List.of(
            new AlignedProduct.Case(2 + random.nextInt(9), 1, first),
            new AlignedProduct.Case(1, 2 + random.nextInt(99), first),
            new AlignedProduct.Case(1, 1, first)));
  }

  private static TiledAttentionRecipe tiled(Random random) {
    GemmRecipe gemm =
        GemmRecipe.parse("in=f16 | fma(acc=f32rne,lanes=1) | seq | none | none | none");
    KeySplits splits =
        switch (random.nextInt(3)) {
          case 0 -> new KeySplits.Fixed(1 + random.nextInt(9));
          case 1 -> new KeySplits.Fa2(1 + random.nextInt(200), 128);
          default -> new KeySplits.Dealt(2 + random.nextInt(9));
        };
    boolean whole = splits.equals(new KeySplits.Fixed(1));
    TiledAttentionRecipe.Argument argument =
        splits instanceof KeySplits.Dealt
            ? TiledAttentionRecipe.Argument.SCALED_TWICE
            : TiledAttentionRecipe.Argument.RAW;
    Lanes.Tree tree = random.nextBoolean() ? Lanes.Tree.PAIR : Lanes.Tree.BUTTERFLY;
    return new TiledAttentionRecipe(
        128 * (1 + random.nextInt(4)),
        1 << random.nextInt(3),
        any(random, TiledAttentionRecipe.Order.values()),
        splits,
        random.nextBoolean()
            ? ChunkOrder.ASCENDING
            : new ChunkOrder(1 + random.nextInt(32), KOrder.PAIRS, new KOrder(List.of(1, 0))),
        any(random, TiledAttentionRecipe.Scale.values()),
        whole ? any(random, TiledAttentionRecipe.Argument.values()) : argument,
        whole ? any(random, TiledAttentionRecipe.Argument.values()) : argument,
        any(random, TiledAttentionRecipe.Power.values()),
        random.nextBoolean()
            ? new TileSum.Quad(any(random, TileSum.Join.values()), tree)
            : new TileSum.Warps(32, tree),
        any(random, Format.values()),
        any(random, TiledAttentionRecipe.Norm.values()),
        any(random, TiledAttentionRecipe.Update.values()),
        any(random, Format.values()),
        gemm,
        gemm);
  }

  private static PointRecipe.Form form(Random random, PointRecipe.Kind kind) {
    List<PointRecipe.Form> forms =
        switch (kind) {
          case SILU -> List.of(PointRecipe.Form.DIV, PointRecipe.Form.MUL, PointRecipe.Form.LOW);
          case GELU -> List.of(PointRecipe.Form.TANH, PointRecipe.Form.TANH_FMA);
          case CAST, ADD, MUL -> List.of(PointRecipe.Form.DIV);
        };
    return forms.get(random.nextInt(forms.size()));
  }

  private static SumOrder lanes(Random random) {
    int log = random.nextInt(11);
    return new SumOrder.Lanes(
        1 << log,
        1 + random.nextInt(8),
        1 + random.nextInt(4),
        1 << random.nextInt(log + 1),
        random.nextBoolean());
  }

  /** The same text with its keys in another order and spaces where they may stand. */
  private static String shuffled(String text, Random random) {
    int open = text.indexOf('(');
    List<String> keys =
        new ArrayList<>(Part.split(text.substring(open + 1, text.length() - 1), ','));
    Collections.shuffle(keys, random);
    StringBuilder out = new StringBuilder(blank(random) + text.substring(0, open) + blank(random));
    for (int i = 0; i < keys.size(); i++) {
      String key = keys.get(i);
      int equals = key.indexOf('=');
      if (equals < 0) {
        out.append(i == 0 ? '(' : ',').append(blank(random)).append(key);
        continue;
      }
      String value = key.substring(equals + 1).replace("cascade(", "cascade" + blank(random) + "(");
      out.append(i == 0 ? '(' : ',').append(blank(random)).append(key, 0, equals);
      out.append(blank(random)).append('=').append(blank(random)).append(value);
      out.append(blank(random));
    }
    return out + ")" + blank(random);
  }

  private static String blank(Random random) {
    return " ".repeat(random.nextInt(3));
  }

  @Test
  void whatIsWrittenIsReadBack() {
    for (long seed = 1; seed <= 500; seed++) {
      Random random = new Random(seed);
      for (StageRecipe recipe : recipes(random)) {
        String what = "seed " + seed;
        assertEquals(recipe, StageRecipe.parse(recipe.text()), what);
        String shuffled = shuffled(recipe.text(), random);
        assertEquals(recipe, StageRecipe.parse(shuffled), what + ": " + shuffled);
        assertEquals(recipe.text(), StageRecipe.parse(shuffled).text(), what);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "norm(form=hf,out=bf16);" + " norm(form=hf,calc=f32,sum=exact,rsqrt=cr,w=bf16,out=bf16)",
        "norm(form=gemma,out=f16,w=f32,sum=cascade( 16 ),calc=f64);"
            + " norm(form=gemma,calc=f64,sum=cascade(16),rsqrt=cr,w=f32,out=f16)",
        "rope(form=edge,out=f16); rope(form=edge,calc=f32,out=f16)",
        "cast(out=e4m3); cast(calc=f32,out=e4m3)",
        "silu(out=f64,calc=f64); silu(calc=f64,out=f64)",
        "softmax(step=f32,out=f16); softmax(calc=f32,sum=exact,out=f16)",
        "softmax(calc=f64,step=f64,out=f16); softmax(calc=f64,sum=exact,out=f16)",
        "softmax(quotient=rcp,exp=fast,step=f16,out=f16);"
            + " softmax(calc=f32,step=f16,exp=fast,sum=exact,quotient=rcp,out=f16)"
      })
  void whatIsLeftOutHasADefault(String text, String canonical) {
    assertEquals(canonical, StageRecipe.parse(text).text());
  }

  @Test
  void theTableOfAnglesReadsItsOwnText() {
    for (String preset : Recipes.models()) {
      StageRecipe table = Recipes.model(preset).of("rope.cos");
      assertEquals(table, StageRecipe.parse(table.text()));
      assertEquals(table, StageRecipe.parse(shuffled(table.text(), new Random(3))));
    }
    StageRecipe lean = StageRecipe.parse("ropetable(calc=f64,out=bf16)");
    assertEquals(Format.F64, ((RopeTableRecipe) lean).inv());
    assertEquals(Format.BF16, lean.output());
  }

  @Test
  void attentionStoresWhatItsLastProductStores() {
    StageRecipe recipe =
        StageRecipe.parse("attention(score=f16,p=f16,qk=(" + EXACT + "),pv=(" + CHAIN + "))");
    assertEquals(Format.BF16, recipe.output());
    assertEquals(
        "attention(score=f16,calc=f32,sum=exact,p=f16,qk=(" + EXACT + "),pv=(" + CHAIN + "))",
        recipe.text());
    String products = ",p=f16,qk=(" + EXACT + "),pv=(" + CHAIN + "))";
    String held = "attention(factor=F,score=f16,calc=f32,sum=exact" + products;
    String canonical = "attention(score=f16,factor=F,calc=f32,sum=exact" + products;
    assertEquals(recipe, StageRecipe.parse(held.replace("F", "f32")));
    assertEquals(canonical.replace("F", "f16"), StageRecipe.parse(held.replace("F", "f16")).text());
  }

  @Test
  void attentionOfLibrariesHasNames() {
    for (Preset<StageRecipe> preset : Presets.ATTENTION.all()) {
      assertEquals(preset, Presets.ATTENTION.get(preset.name()));
      assertEquals(preset.recipe(), StageRecipe.parse(preset.recipe().text()));
    }
    String gemm = "(in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none)";
    assertEquals(
        "tiled(keys=64,order=backward,splits=fa2(sms=132,keys=128),arg=raw,exp=exp2f,"
            + "sum=quad(join=first,tree=butterfly),p=f16,norm=cr,out=f16,qk="
            + gemm
            + ",pv="
            + gemm
            + ")",
        Presets.ATTENTION.get("torch-flash-f16").recipe().text());
    assertThrows(IllegalArgumentException.class, () -> Presets.ATTENTION.get("torch-flash"));
  }

  private static void assertRefused(String text, String problem) {
    RecipeSyntaxException e =
        assertThrows(RecipeSyntaxException.class, () -> StageRecipe.parse(text), text);
    assertEquals("recipe \"" + text + "\": " + problem, e.getMessage());
  }

  @Test
  void whatIsWrongIsNamed() {
    assertRefused("cast(calc=f32,out=f16,round=rne)", "unknown key round");
    assertRefused("norm(form=hf,out=f16,a=1,b)", "unknown key a, b");
    assertRefused("cast(out=f16,out=f16)", "key \"out\" stands twice");
    assertRefused("cast(calc=f32)", "key \"out\" is missing");
    assertRefused("norm(out=f16)", "key \"form\" is missing");
    assertRefused("rope(form=hf)", "key \"out\" is missing");
    assertRefused("ropetable(calc=f32)", "key \"out\" is missing");
    assertRefused("cast", "key \"out\" is missing");
    assertRefused("attention(score=f16,p=f16)", "key \"qk\" is missing");
    assertRefused("attention(score=f16,p=f16,qk=f16)", "qk is a GEMM recipe in parentheses");
    String tiled = Presets.ATTENTION.get("torch-cudnn-f16").recipe().text();
    assertRefused(tiled.replace("keys=128", "keys=12"), "keys= must be a multiple of 8");
    assertRefused(tiled.replace("arg=", "splits=2,arg="), "splits need arg=raw");
    assertRefused(tiled.replace("none)", "cvt(bf16,rne))"), "qk and pv must give f32 or f16");
    String depth = tiled.replace("arg=", "depth=%s,arg=");
    assertThrows(
        RecipeSyntaxException.class, () -> StageRecipe.parse(depth.formatted("lumps(16)")));
    assertRefused(
        depth.formatted("chunks(0,even=id,odd=id)"),
        "chunks= must lie in 1 to 2147483647, not be 0");
    assertRefused(
        depth.formatted("chunks(16,even=(1),odd=id)"), "no permutation of 0 ... n-1: [1]");
    assertRefused(
        "norm(form=rms,out=f16)", "\"rms\" is none of hf div f32_weight f32_weight_div gemma");
    assertRefused(
        "norm(form=HF,out=f16)", "\"HF\" is none of hf div f32_weight f32_weight_div gemma");
    assertRefused("norm(form=hf,out=f16,rsqrt=fast)", "\"fast\" is none of cr divsqrt sfu");
    assertRefused("rope(form=div,out=f16)", "\"div\" is none of hf edge edge_fma half_fma");
    assertRefused("silu(out=fp16)", "\"fp16\" is none of f64 f32 tf32 e8m13 bf16 f16 e4m3 e5m2");
    assertRefused("add(calc=f16,out=f16)", "calc is f16, not f32 or f64");
    assertRefused("norm(form=hf,out=f16,calc=tf32)", "calc is tf32, not f32 or f64");
    String kinds = "exact seq cascade(...) lanes(...) halves(...) torchcuda torchsoftmax(...)";
    assertRefused("norm(form=hf,out=f16,sum=pairs)", "\"pairs\" is none of " + kinds);
    assertRefused(
        "norm(form=hf,out=f16,sum=cascade(0))", "cascade= must lie in 1 to 2147483647, not be 0");
    assertRefused("norm(form=hf,out=f16,sum=lanes(12))", "lanes and group= must be powers of two");
    assertRefused(
        "norm(form=hf,out=f16,sum=lanes(8,group=16))", "group= must lie in 1 to 8, not be 16");
    assertRefused("softmax(out=f16,sum=torchsoftmax(bf16))", "torchsoftmax(...) is of f16 or f32");
    assertRefused("norm(form=hf,out=f16,eps=tiny)", "\"eps\" is \"tiny\", not a number");
    assertRefused(
        "norm(form=hf,calc=f64,rsqrt=sfu,out=f16)", "rsqrt=sfu needs calc=f32 and place=inside");
    assertRefused("silu(calc=f64,exp=cuda,out=f16)", "exp=cuda needs calc=f32");
    assertRefused("softmax(calc=f64,exp=sleef,out=f16)", "exp=sleef needs calc=f32");
    assertRefused("softmax(calc=f64,exp=fast,out=f16)", "exp=fast needs calc=f32");
    assertRefused("add(exp=cuda,out=f16)", "exp= and form= belong to silu");
    assertRefused("ropetable(calc=f64,trig=cuda,out=f16)", "pow=pairs and trig=cuda need calc=f32");
    assertRefused("cast(out=f16", "no closing parenthesis at the end");
    assertRefused("cast(out=f16) then", "no closing parenthesis at the end");
    assertRefused("cast(out=f16,)", "an empty key");
    assertRefused("cast(=f16)", "an empty key");
    assertRefused(
        "relu(out=f16)",
        "unknown kind \"relu\"; known are a GEMM (six fields with |), bysize, norm, ropetable,"
            + " rope, attention, tiled, softmax, cast, add, mul, silu, gelu");
  }

  @Test
  void parenthesesPair() {
    assertEquals(
        "recipe \"out=f16)(x\": a closing parenthesis too many",
        assertThrows(RecipeSyntaxException.class, () -> StageRecipe.parse("cast(out=f16)(x)"))
            .getMessage());
    assertEquals(
        "recipe \"out=(f16\": a parenthesis is not closed",
        assertThrows(RecipeSyntaxException.class, () -> StageRecipe.parse("cast(out=(f16)"))
            .getMessage());
  }

  @Test
  void aWrongTextIsShown() {
    RecipeSyntaxException e =
        assertThrows(RecipeSyntaxException.class, () -> StageRecipe.parse(" cast( out = x ) "));
    assertEquals(
        "recipe \"cast( out = x )\": \"x\" is none of f64 f32 tf32 e8m13 bf16 f16 e4m3 e5m2",
        e.getMessage());
  }

  private static String problem(String order) {
    String text = "norm(form=hf,out=f16,sum=" + order + ")";
    return assertThrows(RecipeSyntaxException.class, () -> StageRecipe.parse(text)).getMessage();
  }

  /** Inside a sum's parentheses the message shows the sum alone. */
  @Test
  void whatIsWrongInAnOrderIsNamed() {
    assertEquals("recipe \"seq(8)\": unknown key 8", problem("seq(8)"));
    String missing = ": something is missing in the parentheses";
    assertEquals("recipe \"cascade\"" + missing, problem("cascade"));
    assertEquals("recipe \"lanes(vec=4)\"" + missing, problem("lanes(vec=4)"));
    assertEquals(
        "recipe \"cascade(x)\": \"cascade\" is \"x\", not a whole number", problem("cascade(x)"));
  }

  @Test
  void ordersOfASumLeaveOutWhatIsUsual() {
    assertEquals("exact", new SumOrder.Exact().text());
    assertEquals("seq", new SumOrder.Sequential().text());
    assertEquals("cascade(4)", new SumOrder.Cascade(4).text());
    assertEquals("lanes(16,short)", new SumOrder.Lanes(16, 1, 1, 16, true).text());
    assertEquals(
        "lanes(256,vec=8,acc=2,group=32)", new SumOrder.Lanes(256, 8, 2, 32, false).text());
    assertEquals("halves(8)", new SumOrder.Halves(8).text());
    assertEquals("torchsoftmax(f16)", new SumOrder.TorchSoftmax(Format.F16).text());
  }
}
