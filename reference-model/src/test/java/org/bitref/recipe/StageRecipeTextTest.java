package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.bitref.numerics.Format;
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
        switch (random.nextInt(3)) {
          case 0 -> SumOrder.EXACT;
          case 1 -> SumOrder.SEQUENTIAL;
          default -> new SumOrder(SumOrder.Kind.CASCADE, 1 + random.nextInt(64));
        };
    GemmRecipe qk = GemmRecipe.parse(random.nextBoolean() ? EXACT : CHAIN);
    GemmRecipe pv = GemmRecipe.parse(random.nextBoolean() ? EXACT : CHAIN);
    return List.of(
        new NormRecipe(
            any(random, NormRecipe.Form.values()),
            calc,
            sum,
            any(random, NormRecipe.Rsqrt.values()),
            any(random, formats),
            any(random, formats)),
        new PointRecipe(any(random, PointRecipe.Kind.values()), calc, any(random, formats)),
        new RopeRecipe(any(random, RopeRecipe.Form.values()), calc, any(random, formats)),
        new AttentionRecipe(any(random, formats), calc, sum, any(random, formats), qk, pv));
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
        "silu(out=f64,calc=f64); silu(calc=f64,out=f64)"
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
    assertRefused(
        "norm(form=rms,out=f16)", "\"rms\" is none of hf div f32_weight f32_weight_div gemma");
    assertRefused(
        "norm(form=HF,out=f16)", "\"HF\" is none of hf div f32_weight f32_weight_div gemma");
    assertRefused("norm(form=hf,out=f16,rsqrt=fast)", "\"fast\" is none of cr divsqrt");
    assertRefused("rope(form=div,out=f16)", "\"div\" is none of hf edge");
    assertRefused("silu(out=fp16)", "\"fp16\" is none of f64 f32 tf32 e8m13 bf16 f16 e4m3 e5m2");
    assertRefused("add(calc=f16,out=f16)", "calc is f16, not f32 or f64");
    assertRefused("norm(form=hf,out=f16,calc=tf32)", "calc is tf32, not f32 or f64");
    assertRefused("norm(form=hf,out=f16,sum=pairs)", "\"pairs\" is none of exact seq cascade");
    assertRefused("norm(form=hf,out=f16,sum=seq(8))", "\"seq(8)\": only cascade has lanes");
    assertRefused(
        "norm(form=hf,out=f16,sum=cascade)",
        "\"cascade\": cascade needs its lanes, as in cascade(8)");
    assertRefused(
        "norm(form=hf,out=f16,sum=cascade(x))", "\"cascade\" is \"x\", not a whole number");
    assertRefused("norm(form=hf,out=f16,sum=cascade(0))", "cascade over 0 lanes");
    assertRefused("cast(out=f16", "no closing parenthesis at the end");
    assertRefused("cast(out=f16) then", "no closing parenthesis at the end");
    assertRefused("cast(out=f16,)", "an empty key");
    assertRefused("cast(=f16)", "an empty key");
    assertRefused(
        "relu(out=f16)",
        "unknown kind \"relu\"; known are a GEMM (six fields with |), norm, ropetable, rope,"
            + " attention, cast, add, mul, silu");
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

  @Test
  void ordersOfASumHaveLanesOnlyInACascade() {
    assertEquals("exact", SumOrder.EXACT.toString());
    assertEquals("seq", SumOrder.SEQUENTIAL.toString());
    assertEquals("cascade(4)", new SumOrder(SumOrder.Kind.CASCADE, 4).toString());
    assertEquals(
        "seq over 2 lanes",
        assertThrows(IllegalArgumentException.class, () -> new SumOrder(SumOrder.Kind.SEQ, 2))
            .getMessage());
  }
}
