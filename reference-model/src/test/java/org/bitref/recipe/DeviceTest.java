package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Map;
import java.util.Optional;
import org.bitref.recipe.Device.Fit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceTest {
  @ParameterizedTest
  @CsvSource({
    "NVIDIA H100 80GB HBM3, H100",
    "NVIDIA H100 (sm_90), H100",
    "NVIDIA H200, H200",
    "NVIDIA Thor, THOR",
    "NVIDIA GeForce RTX 4090, GPU",
    "cuda:0, GPU",
    "cpu, CPU",
    "cpu and NVIDIA H100, UNKNOWN",
    "abacus, UNKNOWN"
  })
  void programsNameDevices(String text, Device device) {
    assertEquals(device, Device.described(text));
  }

  @Test
  void theGpuIsNamedBesideCuda() {
    Map<String, String> cuda = Map.of("device", "cuda:0", "gpu", "NVIDIA L40S");
    assertEquals(Device.L40S, Device.of(cuda, Optional.empty()));
    Map<String, String> cpu = Map.of("device", "cpu", "gpu", "NVIDIA L40S");
    assertEquals(Device.CPU, Device.of(cpu, Optional.empty()));
  }

  @Test
  void oneDeviceIsNotThatOfSeveralSystems() {
    Map<String, String> metadata = Map.of("device", "NVIDIA H100", "ort.device", "cpu");
    assertEquals(Device.CPU, Device.of(metadata, Optional.of("ort")));
    assertEquals(Device.UNKNOWN, Device.of(metadata, Optional.of("trt")));
  }

  @ParameterizedTest
  @CsvSource({
    "H100, hopper-f16-f32acc, KNOWN",
    "H200, hopper-mma-e4m3-f32acc, KNOWN",
    "H100, ampere-f16-f32acc, OTHER_CHIP",
    "A100, ampere-f16-f32acc, KNOWN",
    "A100, hopper-f16-f32acc, OTHER_CHIP",
    "L40S, ada-e4m3-f32acc, KNOWN",
    "B200, blackwell-e4m3-f32acc, KNOWN",
    "B200, hopper-e4m3-f32acc, OTHER_CHIP",
    "V100, volta-f16-f16acc, KNOWN",
    "THOR, ampere-f16-f32acc, POSSIBLE",
    "GPU, hopper-f16-f32acc, POSSIBLE",
    "H100, cublas-f32, POSSIBLE",
    "H100, torch-cpu, OTHER_KIND",
    "H100, torch-cpu-bf16, OTHER_KIND",
    "CPU, torch-cpu-bf16, POSSIBLE",
    "CPU, hopper-f16-f32acc, OTHER_KIND",
    "UNKNOWN, hopper-f16-f32acc, POSSIBLE",
    "UNKNOWN, torch-cpu, POSSIBLE"
  })
  void productsAreOfChips(Device device, String preset, Fit fit) {
    assertEquals(fit, device.fit(Presets.GEMM.get(preset).recipe()));
  }

  /** m16n8k8 of an H100 sums eight terms, with the fraction bits of sixteen. */
  @Test
  void aShorterInstructionIsPossible() {
    GemmRecipe eight =
        GemmRecipe.parse("in=f16 | fda(w=8,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)");
    assertEquals(Fit.POSSIBLE, Device.H100.fit(eight));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "H100; silu(calc=f32,exp=cuda,out=f16); KNOWN",
        "H100; silu(calc=f32,exp=sleef,out=f16); OTHER_KIND",
        "CPU; silu(calc=f32,exp=sleef,out=f16); KNOWN",
        "CPU; silu(calc=f32,exp=fast,out=f16); OTHER_KIND",
        "THOR; silu(calc=f32,exp=sleef,out=f16); OTHER_KIND",
        "CPU; silu(calc=f32,out=f16); POSSIBLE",
        "H100; norm(form=hf,calc=f32,sum=torchcuda,rsqrt=sfu,w=f16,out=f16); KNOWN",
        "CPU; norm(form=hf,calc=f32,sum=torchcuda,rsqrt=sfu,w=f16,out=f16); OTHER_KIND",
        "CPU; norm(form=hf,calc=f32,sum=cascade(8),rsqrt=divsqrt,w=f16,out=f16); POSSIBLE",
        "H100; norm(form=hf,calc=f32,sum=cascade(8),rsqrt=divsqrt,w=f16,out=f16); OTHER_KIND",
        "CPU; ropetable(calc=f32,pow=pairs,inv=f32,trig=cuda,out=f16); OTHER_KIND",
        "H100; ropetable(calc=f32,pow=pairs,inv=f32,out=f16); POSSIBLE"
      })
  void functionsAreOfMachines(Device device, String recipe, Fit fit) {
    assertEquals(fit, device.fit(StageRecipe.parse(recipe)));
  }

  /** They were all captured on an H100. */
  @Test
  void attentionOfLibrariesGoesWithAnH100() {
    for (Presets.Preset<StageRecipe> preset : Presets.ATTENTION.all()) {
      assertFalse(Device.H100.isForeign(preset.recipe()), preset::name);
      assertEquals(Fit.OTHER_KIND, Device.CPU.fit(preset.recipe()), preset::name);
    }
  }
}
