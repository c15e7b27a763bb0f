package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashSet;
import java.util.List;
import org.bitref.recipe.Presets.Preset;
import org.junit.jupiter.api.Test;

/** Attention recipes that have a name. */
final class PresetsTest {
  @Test
  void everyPresetIsFoundAndReadBack() {
    List<String> names = Presets.ATTENTION.all().stream().map(Preset::name).toList();
    assertEquals(names.size(), new HashSet<>(names).size());
    for (Preset<StageRecipe> preset : Presets.ATTENTION.all()) {
      assertEquals(preset, Presets.ATTENTION.get(preset.name()));
      assertEquals(preset.recipe(), StageRecipe.parse(preset.recipe().text()), preset.name());
    }
    assertEquals(
        "no attention preset named \"math\"; known are " + String.join(", ", names),
        assertThrows(IllegalArgumentException.class, () -> Presets.ATTENTION.get("math"))
            .getMessage());
  }

  @Test
  void presetsSayWhatTheirKernelsDo() {
    String chain = "in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | ";
    assertEquals(
        "attention(score=f32,scale=sqrt,calc=f32,exp=cuda,sum=torchsoftmax(f32),p=f32,qk=("
            + chain
            + "none),pv=("
            + chain
            + "cvt(bf16,rne)))",
        Presets.ATTENTION.get("torch-math-bf16").recipe().text());
    AttentionRecipe weak =
        (AttentionRecipe) Presets.ATTENTION.get("tensorrt-unfused-weak").recipe();
    assertEquals("F16", weak.factor().name());
    assertEquals("F16", weak.softmax().step().name());
    AttentionRecipe mha = (AttentionRecipe) Presets.ATTENTION.get("tensorrt-mha-f32").recipe();
    assertEquals("F32", mha.qk().of(77).output().name());
    assertEquals("cyclic(s=4,bk=16)", mha.pv().of(77).split().text());
  }
}
