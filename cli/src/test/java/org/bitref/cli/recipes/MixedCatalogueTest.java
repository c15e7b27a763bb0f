package org.bitref.cli.recipes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.cli.recipes.Catalogue.Entry;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A catalogue of a whole device: products of several types, given weights, functions. */
class MixedCatalogueTest {
  private static final String TAIL = " | seq | none | none | ";
  private static final String FLOAT = "in=f16 | fda(w=16,F=25,acc=f32rz)" + TAIL + "cvt(f16,rne)";
  private static final String HALF = "in=f16 | fda(w=16,F=25,acc=f16rne)" + TAIL + "cvt(f16,rne)";
  private static final String EIGHT = "in=e4m3 | fda(w=32,F=13,acc=e8m13rz)" + TAIL + "none";
  private static final String TF32 = "in=tf32,tf32=rne | fda(w=8,F=25,acc=f32rz)" + TAIL + "none";
  private static final String ODD =
      "in=f16 |"
          + " fda(w=16,F=25,acc=f16rne,kper=(0,17,2,19,4,21,6,23,8,25,10,27,12,29,14,31,16,1,18,3,20,5,22,7,24,9,26,11,28,13,30,15))"
          + TAIL
          + "cvt(f16,rne)";
  private static final Object[] JSON = {"--format", "json"};

  @TempDir private Path temp;
  private Path fleet;

  @BeforeEach
  void fill() {
    fleet = temp.resolve("fleet.json");
    add("fp8", "in=e4m3 | fda(w=32,F=13,acc=e8m13rz)" + TAIL + "cvt(f16,rne)");
    add("fp8.f32", EIGHT);
    add("brain", "in=bf16 | fda(w=16,F=25,acc=f32rz)" + TAIL + "cvt(bf16,rne)");
    add("tf32", TF32);
    add("half", HALF);
    add("float", FLOAT);
    add("weights", FLOAT);
    add("odd", ODD);
    add("bias", FLOAT + ";add(bias,f16)");
    add("a.silu", "silu(calc=f32,exp=cuda,out=f16)");
    add("a.softmax", "softmax(calc=f32,exp=cuda,sum=torchsoftmax(f32),out=f16)");
    add("a.norm", "norm(form=hf,calc=f32,sum=torchcuda,mean=mul,rsqrt=sfu,w=f16,out=f16)");
  }

  private void add(String name, String recipe) {
    Catalogue.add(fleet, new Entry(name, recipe, "H100", "torch 2.9", "", "", "1x2x3", 7), false);
  }

  private Path capture(DType type, Map<String, String> names, String... recipes) {
    Path capture = temp.resolve("capture.safetensors");
    Tensor x = wide(type, 96, 64);
    Tensor w = wide(type, 40, 64);
    List<TensorEntry> entries = new ArrayList<>();
    entries.add(TensorEntry.of(names.get("x"), x));
    entries.add(TensorEntry.of(names.get("w"), w));
    for (int i = 0; i < recipes.length; i++) {
      entries.add(TensorEntry.of(names.get("y" + i), product(recipes[i], x, w)));
    }
    SafetensorsWriter.write(capture, Map.of(), entries, true);
    return capture;
  }

  /** Of several binades, so that most sums round. */
  private static Tensor wide(DType type, long rows, long columns) {
    Random random = new Random(rows);
    TensorBuilder values = new TensorBuilder(type, Shape.of(rows, columns));
    for (long i = 0; i < rows * columns; i++) {
      values.set(i, Math.scalb(random.nextGaussian(), random.nextInt(9) - 4));
    }
    return values.build();
  }

  private static Tensor product(String recipe, Tensor x, Tensor w) {
    try (Workers workers = new Workers(1)) {
      return Kernels.gemm(GemmRecipe.parse(recipe)).multiply(x, w, GemmOperands.NONE, workers);
    }
  }

  private Cli identify(DType type, String recipe, Object... more) {
    Path file = capture(type, Map.of("x", "x", "w", "w", "y0", "y"), recipe);
    Object[] words = {"identify", file, "--x", "x", "--w", "w", "--y", "y", "--catalogue", fleet};
    return Cli.run(Stream.of(words, more).flatMap(Stream::of).toArray());
  }

  private Cli explain(DType type, String a, String b, Object... more) {
    Map<String, String> names =
        Map.of("x", "in.input_ln", "w", "w.q_proj", "y0", "a.q_proj", "y1", "b.q_proj");
    Object[] words = {"explain", capture(type, names, a, b), "--catalogue", fleet};
    return Cli.run(Stream.of(words, more).flatMap(Stream::of).toArray());
  }

  private static Map<String, String> texts(JsonNode entries, String field) {
    Map<String, String> texts = new LinkedHashMap<>();
    entries.forEach(entry -> texts.put(entry.get("name").asText(), entry.get(field).asText()));
    return texts;
  }

  @Test
  void identifyTriesWhatFitsAndSaysWhatItIgnored() {
    JsonNode found = identify(DType.F16, FLOAT, JSON).exits(0).json();
    assertEquals("identified", found.get("verdict").asText());
    Map<String, String> equal = texts(found.get("catalogue"), "equal");
    assertEquals(Set.of("half", "odd", "float", "weights"), equal.keySet());
    assertEquals(List.of("float", "weights"), List.copyOf(equal.keySet()).subList(0, 2));
    equal.forEach(
        (name, outputs) ->
            assertEquals(Set.of("float", "weights").contains(name), outputs.equals("3840"), name));
    Map<String, String> ignored = texts(found.get("ignored"), "reason");
    assertEquals(
        "{fp8=takes e4m3 operands, not f16, fp8.f32=stores f32, not f16,"
            + " brain=stores bf16, not f16, tf32=stores f32, not f16,"
            + " bias=adds a bias, and none is given, a.silu=is of no product,"
            + " a.softmax=is of no product, a.norm=is of no product}",
        ignored.toString());
    String text = identify(DType.F16, FLOAT).exits(0).out();
    assertTrue(text.contains("ignored a.silu, a.softmax, a.norm: is of no product"), text);
  }

  @Test
  void identifyTriesOperandsOfEightBitsOnTheirOwn() {
    JsonNode found = identify(DType.F8_E4M3, EIGHT, JSON).exits(0).json();
    assertEquals("fp8.f32", found.get("catalogue").get(0).get("name").asText());
    assertEquals(3840, found.get("catalogue").get(0).get("equal").asLong());
    assertEquals("stores f16, not f32", texts(found.get("ignored"), "reason").get("fp8"));
  }

  @Test
  void anEntryThatIsNoRecipeIsNamed() {
    add("broken", "fda(w=16)");
    for (Cli run : List.of(identify(DType.F16, FLOAT), explain(DType.F16, FLOAT, FLOAT))) {
      assertTrue(run.exits(3).err().contains("the catalogue's entry broken"), run.err());
    }
  }

  /** No search looks for this order of K. */
  @Test
  void whatOnlyTheCatalogueKnowsIsIdentifiedByIt() {
    JsonNode found = identify(DType.F16, ODD, JSON).exits(0).json();
    assertEquals("identified", found.get("verdict").asText());
    assertEquals(ODD, found.get("best").get(0).get("recipe").asText());
    assertTrue(found.get("reason").asText().contains("what was known before does"));
    Path file = capture(DType.F16, Map.of("x", "x", "w", "w", "y0", "y"), ODD);
    JsonNode without =
        Cli.run("identify", file, "--x", "x", "--w", "w", "--y", "y", "--format", "json")
            .exits(1)
            .json();
    assertEquals("unexplained", without.get("verdict").asText());
  }

  @Test
  void explainTriesWhatFitsAndSaysWhatItIgnored() {
    Cli run = explain(DType.F16, FLOAT, ODD, JSON).exits(0);
    JsonNode known = run.json().get("catalogue");
    Map<String, String> ignored = texts(known, "ignored");
    ignored.values().removeIf(String::isEmpty);
    assertEquals(
        "{fp8=takes e4m3 operands, not f16, fp8.f32=stores f32, not f16,"
            + " brain=stores bf16, not f16, tf32=stores f32, not f16,"
            + " bias=adds a bias, and none is given, a.silu=no stage of its kind was captured,"
            + " a.softmax=no stage of its kind was captured,"
            + " a.norm=no stage of its kind was captured}",
        ignored.toString());
    assertEquals("[\"a.layers.0.q_proj\"]", stages(known, "float"));
    assertEquals("[\"b.layers.0.q_proj\"]", stages(known, "odd"));
    assertEquals("[]", stages(known, "half"));
    String text = explain(DType.F16, FLOAT, ODD).out();
    assertTrue(text.contains("catalogue: float (H100) explains [a.layers.0.q_proj]."), text);
    assertTrue(text.contains("catalogue: half (H100) explains no stage here."), text);
    assertTrue(text.contains("fp8 (H100) is ignored: takes e4m3 operands, not f16."), text);
  }

  private static String stages(JsonNode known, String name) {
    for (JsonNode entry : known) {
      if (entry.get("name").asText().equals(name)) {
        return entry.get("stages").toString();
      }
    }
    throw new AssertionError(name + " is missing");
  }

  /** The text that a probe saves is not the one that a search of this type writes. */
  @Test
  void explainKnowsAFunctionByAnotherText() {
    JsonNode known = explain(DType.F32, TF32, TF32, JSON).exits(0).json().get("catalogue");
    assertEquals("[\"a.layers.0.q_proj\",\"b.layers.0.q_proj\"]", stages(known, "tf32"));
    assertEquals("stores f16, not f32", texts(known, "ignored").get("half"));
  }
}
