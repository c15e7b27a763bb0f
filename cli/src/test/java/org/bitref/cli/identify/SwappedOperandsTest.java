package org.bitref.cli.identify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operands that are exchanged or stored the other way round, and names that are mistyped. */
class SwappedOperandsTest {
  private static final String RECIPE =
      "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | none";

  @TempDir private Path temp;

  private Path file;

  @BeforeEach
  void write() {
    write(Shape.of(6, 64), Shape.of(10, 64), RECIPE);
  }

  private void write(Shape ofX, Shape ofW, String recipe) {
    Tensor x = random(1, ofX);
    Tensor w = random(2, ofW);
    Tensor y;
    try (Workers workers = new Workers(1)) {
      y = new Product(x, w).run(GemmRecipe.parse(recipe), workers);
    }
    file = temp.resolve("product.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of("device", "NVIDIA H100"),
        List.of(
            TensorEntry.of("x", x),
            TensorEntry.of("w", w),
            TensorEntry.of("kn", w.transposed()),
            TensorEntry.of("y", y)),
        true);
  }

  private static Tensor random(long seed, Shape shape) {
    Random random = new Random(seed);
    double[] values = new double[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Tensor.ofDoubles(shape, values).cast(DType.F16);
  }

  private Cli identify(String x, String w, String... more) {
    List<Object> line = List.of("identify", file, "--x", x, "--w", w, "--y", "y");
    return Cli.run(
        Stream.of(line, List.of("--format", "json"), List.of(more))
            .flatMap(List::stream)
            .toArray());
  }

  private static void says(Cli run, int code, String... words) {
    run.exits(code);
    for (String word : words) {
      assertTrue(run.err().contains(word), run.err());
    }
  }

  @Test
  void theShapesSayWhatIsWrong() {
    says(identify("w", "x"), 3, "x and w are swapped", "Give --x x --w w.");
    says(identify("x", "kn"), 3, "w is stored as [K, N]", "Give --transpose-w.");
    says(identify("kn", "x"), 3, "swapped, and w is stored", "Give --x x --w kn --transpose-w.");
  }

  /** Shapes leave it open: x, w and y are of one side, or x and w of one shape. */
  @Test
  void theValuesSayWhatSquareOnesAre() {
    write(Shape.of(48, 48), Shape.of(48, 48), RECIPE);
    says(identify("w", "x"), 3, "by the values x and w are swapped", "Give --x x --w w.");
    says(identify("x", "kn"), 3, "by the values w is stored as [K, N]", "Give --transpose-w.");
    says(identify("x", "w", "--transpose-w"), 3, "stored as [N, K]", "Leave out --transpose-w.");
    says(identify("kn", "x"), 3, "are swapped", "Give --x x --w kn --transpose-w.");
    says(identify("w", "x", "--transpose-w"), 3, "are swapped", "Give --x x --w w.");
    identify("x", "kn", "--transpose-w").exits(0);
  }

  @Test
  void factorsOfOneShapeMayBeSwapped() {
    write(Shape.of(24, 64), Shape.of(24, 64), RECIPE);
    says(identify("w", "x"), 3, "by the values x and w are swapped", "Give --x x --w w.");
  }

  /** The rounding bound of float16 sums holds nearly anything here; the outputs are unlike. */
  @Test
  void theValuesTellWhereTheBoundIsWide() {
    write(
        Shape.of(40, 256),
        Shape.of(256, 256),
        "in=f16 | fma(acc=f16rne) | seq | none | none | none");
    says(identify("x", "kn"), 3, "by the values w is stored as [K, N]", "Give --transpose-w.");
  }

  /** Of a y that is no product of the two in any order no order is named. */
  @Test
  void noOrderMendsWhatIsNoProduct() {
    write(Shape.of(48, 48), Shape.of(48, 48), RECIPE);
    Cli run = Cli.run("identify", file, "--x", "x", "--w", "w", "--y", "kn", "--format", "json");
    assertTrue(run.out().contains("\"verdict\""), run.err());
  }

  @Test
  void aTransposedWeightGivesTheSameAnswer() {
    var plain = identify("x", "w").json();
    var transposed = identify("x", "kn", "--transpose-w").json();
    for (String field : List.of("verdict", "best", "same", "ties", "tried")) {
      assertEquals(plain.get(field), transposed.get(field), field);
    }
    assertEquals("h100", plain.get("device").asText());
    assertEquals("cpu", identify("x", "w", "--device", "cpu").json().get("device").asText());
  }

  @Test
  void theDeviceIsNoVerdict() {
    var h100 = identify("x", "w").json();
    Cli cpu = Cli.run("identify", file, "--x", "x", "--w", "w", "--y", "y", "--device", "cpu");
    assertTrue(
        cpu.out().contains("y: " + h100.get("verdict").asText().toUpperCase(Locale.ROOT)),
        cpu.out());
    assertTrue(
        cpu.out().contains("only recipes of a GPU fit, though the device is cpu"), cpu.out());
  }

  @Test
  void mistypedNamesGetTheNearest() {
    says(identify("z", "w"), 3, "no tensor \"z\"", "The nearest names are \"");
    says(
        identify("x", "w", "--device", "h10"),
        2,
        "no device \"h10\"",
        "nearest names are \"h100\"");
    says(identify("x", "w", "--device", "trt=h100"), 2, "give one device");
    says(gemm("x", "w", "hoper-f16-f32acc"), 2, "nearest names are \"hopper-f16-f32acc\"");
  }

  @Test
  void gemmSaysTheSame() {
    says(gemm("x", "kn", RECIPE), 3, "w is stored as [K, N]", "Give --transpose-w.");
    says(gemm("kn", "x", RECIPE), 3, "exchange --x and --w and give --transpose-w");
    gemm("x", "kn", RECIPE, "--transpose-w").exits(0);
    try (TensorSource made = Sources.open(temp.resolve("out.safetensors"));
        TensorSource given = Sources.open(file)) {
      assertTrue(made.read("y").isSame(given.read("y")));
    }
  }

  private Cli gemm(String x, String w, String recipe, String... more) {
    Path out = temp.resolve("out.safetensors");
    List<Object> line = List.of("gemm", file, "--x", x, "--w", w, "--recipe", recipe, "-o", out);
    return Cli.run(Stream.concat(line.stream(), Stream.of(more)).toArray());
  }
}
