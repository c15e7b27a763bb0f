package org.bitref.search;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Of recipes that fit equally, those that go with the device are named first; none is left out. */
class DeviceOrderTest {
  private static final List<Device> DEVICES = List.of(Device.UNKNOWN, Device.CPU, Device.H100);

  @Test
  void anExponentialIsTheDevices() {
    StageRecipe sleef = StageRecipe.parse("silu(calc=f32,exp=sleef,out=f16)");
    StageRecipe cuda = StageRecipe.parse("silu(calc=f32,exp=cuda,out=f16)");
    Pointwise silu = new Pointwise(PointRecipe.Kind.SILU, random(Shape.of(4, 8)), Optional.empty());
    try (Workers workers = new Workers(2)) {
      Captured<?> stage = new Captured<>(silu, silu.run(sleef, workers));
      Identification plain = StageSearch.identify(stage, workers);
      assertTrue(recipes(plain).containsAll(Set.of(sleef, cuda)));
      for (Device device : DEVICES) {
        Identification found = StageSearch.identify(stage, device, workers);
        assertEquals(recipes(plain), recipes(found));
        assertEquals(plain.outcome(), found.outcome());
      }
      assertEquals(sleef, first(StageSearch.identify(stage, Device.CPU, workers)));
      StageRecipe ofGpu = first(StageSearch.identify(stage, Device.H100, workers));
      assertEquals(Device.Fit.KNOWN, Device.H100.fit(ofGpu));
    }
  }

  @Test
  void aNormIsTheDevices() {
    StageRecipe recipe =
        StageRecipe.parse("norm(form=hf,calc=f32,sum=cascade(8),rsqrt=divsqrt,w=f16,out=f16)");
    Tensor x = random(Shape.of(3, 128));
    Tensor weight = random(Shape.of(128));
    try (Workers workers = new Workers(2)) {
      Norm norm = Norm.captured(x, weight, 1e-6, x).operation();
      Captured<?> stage = new Captured<>(norm, norm.run(recipe, workers));
      Identification plain = StageSearch.identify(stage, workers);
      for (Device device : DEVICES) {
        Identification found = StageSearch.identify(stage, device, workers);
        assertEquals(plain.ties().size(), found.ties().size());
        assertEquals(plain.outcome(), found.outcome());
        assertFalse(device.isForeign(first(found)), () -> device + ": " + first(found).text());
      }
    }
  }

  /** A capture so small that accumulators of several chips and of CPUs fit. */
  @Test
  void aProductIsTheDevices() {
    GemmRecipe recipe =
        GemmRecipe.parse("in=f16 | fda(w=8,F=24,acc=f32rz) | seq | none | none | cvt(f16,rne)");
    Product product = new Product(random(Shape.of(4, 16)), random(Shape.of(4, 16)));
    try (Workers workers = new Workers(2)) {
      Captured<Product> stage = new Captured<>(product, product.run(recipe, workers));
      for (Device device : List.of(Device.A100, Device.H100, Device.CPU, Device.THOR)) {
        GemmHints hints = GemmHints.NONE.on(device);
        Identification found = GemmSearch.identify(stage, Optional.empty(), hints, workers);
        assertFalse(device.isForeign(first(found)), () -> device + ": " + first(found).text());
        StageRecipe some = first(StageSearch.identify(stage, device, workers));
        assertFalse(device.isForeign(some), () -> device + ": " + some.text());
      }
    }
  }

  @Test
  void whatFitsIsCountedWithoutOtherKindsOfMachines() {
    Tie cuda = tie("silu(calc=f32,exp=cuda,out=f16)");
    Tie fast = tie("silu(calc=f32,exp=fast,out=f16)");
    Tie sleef = tie("silu(calc=f32,exp=sleef,out=f16)");
    Tie either = tie("silu(calc=f64,out=f16)");
    Identification all = among(cuda, fast, sleef, either);
    assertEquals(4, all.fits(Device.UNKNOWN));
    assertEquals(3, all.fits(Device.H100));
    assertEquals(2, all.fits(Device.CPU));
    assertEquals(2, among(cuda, fast).fits(Device.CPU), "none of a CPU");
    assertEquals(1, among().fits(Device.CPU), "one class, which is no tie");
  }

  private static Tie tie(String recipe) {
    return new Tie(StageRecipe.parse(recipe), new Tie.Random(1, 2));
  }

  private static Identification among(Tie... ties) {
    return new Identification(
        new Outcome.Classes(Math.max(1, ties.length)),
        4,
        List.of(),
        List.of(),
        List.of(ties),
        List.of(),
        List.of(),
        9);
  }

  /** What nothing else reproduces is not left out. */
  @Test
  void aRecipeOfAnotherMachineThatFitsAloneIsNamed() {
    Captured<Product> stage;
    try (Workers workers = new Workers(2)) {
      GemmRecipe recipe =
          GemmRecipe.parse("in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none");
      Product product = new Product(random(Shape.of(16, 512)), random(Shape.of(24, 512)));
      stage = new Captured<>(product, product.run(recipe, workers));
      Identification found =
          GemmSearch.identify(stage, Optional.empty(), GemmHints.NONE.on(Device.CPU), workers);
      assertEquals(new Outcome.Functions(1, false, List.of(Format.F32), 0, true), found.outcome());
      assertEquals(1, GemmSearch.identify(stage, workers).best().size());
      assertEquals(Device.Fit.OTHER_KIND, Device.CPU.fit(first(found)));
    }
  }

  private static Tensor random(Shape shape) {
    Random random = new Random(11);
    double[] values = new double[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Tensor.ofDoubles(shape, values).cast(DType.F16);
  }

  private static StageRecipe first(Identification found) {
    return found.best().getFirst().recipe();
  }

  private static Set<StageRecipe> recipes(Identification found) {
    Set<StageRecipe> recipes = found.ties().stream().map(Tie::recipe).collect(toSet());
    recipes.add(first(found));
    recipes.addAll(found.same());
    return recipes;
  }
}
