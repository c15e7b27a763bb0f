package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Names, metadata and settings drawn at random go through every command and every form of output:
 * none may do harm where it is shown, and in JSON they are the same data.
 */
class ForeignTextTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RECIPE = "cublas-f16-accum16";
  private static final Set<String> PAGES = Set.of("compare", "explain", "identify");
  private static final Set<String> TABLES = Set.of("compare", "explain", "sweep");

  @TempDir Path temp;

  private Random random;
  private String x;
  private String w;
  private String y;
  private Path folder;
  private Path a;
  private Path b;

  static Stream<Long> seeds() {
    return IntStream.range(0, 3).mapToObj(Long::valueOf);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void nothingDoesHarm(long seed) throws IOException {
    random = new Random(seed);
    folder = Files.createDirectory(temp.resolve("\u001b[2J\nFORGED"));
    List<String> names = new ArrayList<>(distinct(3));
    x = names.get(0);
    w = names.get(1);
    y = names.get(2);
    a = dump("a", 1);
    b = dump("b", 2);
    comparisons();
    products();
    systems();
    recipes();
    messages();
  }

  private Set<String> distinct(int count) {
    Set<String> names = new LinkedHashSet<>();
    while (names.size() < count) {
      names.add(names.size() + Shown.harmful(random));
    }
    return names;
  }

  private static Tensor matrix(int seed) {
    Random values = new Random(seed);
    TensorBuilder matrix = new TensorBuilder(DType.F16, Shape.of(8, 8));
    for (int i = 0; i < 64; i++) {
      matrix.set(i, values.nextGaussian());
    }
    return matrix.build();
  }

  private Path dump(String file, int seed) {
    Path path = folder.resolve(file + ".safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    for (String name : List.of(x, w, y, Shown.harmful(random) + file)) {
      entries.add(TensorEntry.of(name, matrix(seed + entries.size())));
    }
    Map<String, String> metadata = Map.of(Shown.harmful(random), Shown.harmful(random));
    SafetensorsWriter.write(path, metadata, entries, false);
    return path;
  }

  private Path json(String file, Object content) throws IOException {
    Path path = folder.resolve(file);
    JSON.writeValue(path.toFile(), content);
    return path;
  }

  /** Runs it as text, as JSON, and with pages and tables; returns the JSON run. */
  private Cli harmless(Object... command) throws IOException {
    String what = command[0] + " " + command[1];
    Shown.assertHarmless(Cli.run(command), what);
    List<Object> words = new ArrayList<>(List.of(command));
    words.addAll(List.of("--format", "json"));
    Path written = Files.createDirectories(folder.resolve("written"));
    if (PAGES.contains(command[0])) {
      words.addAll(List.of("--html", written.resolve("page.html")));
    }
    if (TABLES.contains(command[0])) {
      words.addAll(List.of("--csv", written.resolve("x.csv")));
    }
    if (command[0].equals("compare")) {
      words.addAll(List.of("--junit", written.resolve("x.xml")));
    }
    Cli run = Cli.run(words.toArray());
    Shown.assertHarmless(run, what + " as JSON");
    for (Path file : files(written)) {
      String text = Files.readString(file, StandardCharsets.UTF_8).replace("\r\n", "\n");
      text = text.replaceAll("(?s)<pre>.*?</pre>", "");
      Shown.assertHarmless(text, what + " in " + file.getFileName());
      assertFalse(text.contains("\n=1+1"), text);
      Files.delete(file);
    }
    return run;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private void comparisons() throws IOException {
    for (Object[] more : List.of(new Object[0], new Object[] {"--stats"})) {
      Object[] command = Stream.concat(Stream.of("inspect", a), Stream.of(more)).toArray();
      Cli run = harmless(command).exits(0);
      assertTrue(run.json().get("tensors").findValuesAsText("name").containsAll(List.of(x, w, y)));
    }
    harmless("compare", a, b).exits(3);
    Cli run = harmless("compare", a, b, "--allow-missing", "(?s).*").exits(1);
    assertTrue(run.json().get("stages").findValuesAsText("name").containsAll(List.of(x, w, y)));
    ObjectNode rule = JSON.createObjectNode().put("tensors", "(?s).*").put("require", "equal");
    Path rules = json("rules.json", Map.of("rules", List.of(rule)));
    harmless("compare", a, b, "--allow-missing", "(?s).*", "--rules", rules);
    ObjectNode map = JSON.createObjectNode().put("others", "keep");
    map.putArray("rules").addObject().put("from", x).put("to", "x\u001b\n" + y);
    harmless("compare", a, b, "--map", json("map.json", map));
  }

  private void products() throws IOException {
    Path fleet = folder.resolve("fleet.json");
    String in = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";
    ObjectNode catalogue = JSON.createObjectNode().put("schema", "bitref.catalogue/1");
    ObjectNode entry = catalogue.putArray("recipes").addObject();
    entry.put("name", Shown.harmful(random)).put("recipe", in);
    for (String field : List.of("device", "framework", "kernels", "options", "shape")) {
      entry.put(field, Shown.harmful(random));
    }
    json("fleet.json", catalogue);
    Object[] product = {"--x", x, "--w", w, "--y", y};
    harmless(with(product, "identify", a, "--catalogue", fleet));
    harmless("gemm", a, "--x", x, "--w", w, "--recipe", RECIPE, "-o", folder.resolve("y.npz"));
    Path out = folder.resolve("y.safetensors");
    String name = Shown.harmful(random);
    harmless(
        "gemm", a, "--x", x, "--w", w, "--recipe", RECIPE, "-o", out, "--force", "--name", name);
    Path bundle = folder.resolve("bundle.zip");
    harmless(with(product, "bundle", "make", a, "--recipe", RECIPE, "--force", "-o", bundle));
    harmless("bundle", "verify", bundle);
    harmless("recipes", "show", "catalogue:" + fleet);
    harmless("recipes", "diff", "catalogue:" + fleet, "hf-f32");
  }

  private static Object[] with(Object[] more, Object... first) {
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray();
  }

  private void systems() throws IOException {
    Path capture = folder.resolve("capture.safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    for (String system : distinct(2)) {
      String plain = system.replace(".", "");
      entries.add(TensorEntry.of(plain + ".q_proj", matrix(entries.size())));
      entries.add(TensorEntry.of(plain + ".input_ln", matrix(entries.size())));
    }
    entries.add(TensorEntry.of("w.q_proj", matrix(9)));
    SafetensorsWriter.write(
        capture, Map.of(Shown.harmful(random), Shown.harmful(random)), entries, false);
    harmless("explain", capture);
    harmless("explain", a, b);
    ObjectNode experiment = JSON.createObjectNode();
    experiment.putArray("captures").add("capture.safetensors");
    ObjectNode hypothesis = experiment.putArray("hypotheses").addObject();
    hypothesis.put("name", Shown.harmful(random)).putObject("rules").put(".*", "hf-f32");
    harmless("sweep", json("experiment.json", experiment)).exits(0);
  }

  private void recipes() throws IOException {
    String rules = "h\u001b[2J\u202e.* = cast(calc=f32,out=bf16)\n.* = hf-f32\n";
    Path file = Files.writeString(folder.resolve("rules.recipe"), rules);
    harmless("recipes", "show", file);
    harmless("recipes", "diff", file, "hf-f32");
    Path bad = Files.writeString(folder.resolve("bad"), ".* = " + Shown.harmful(random) + "\n");
    harmless("recipes", "show", bad);
    harmless("golden", Cli.MODEL, "--inputs", a, "--recipe", bad, "-o", folder.resolve("g.npz"));
    harmless("golden", Cli.MODEL, "--inputs", a, "-o", folder.resolve("g.npz"));
    harmless("golden", Cli.MODEL, "--inputs", Cli.CAPTURE, "--anchor", a, "--layers", "0", "-o", b);
  }

  private void messages() throws IOException {
    for (String word : List.of("--x", "--" + Shown.harmful(random), Shown.harmful(random))) {
      harmless("inspect", a, word);
      harmless(Shown.harmful(random), word);
      harmless("compare", a, b, "--allow-missing", "(" + word);
    }
    ObjectNode index = JSON.createObjectNode();
    index.putObject("weight_map").put(x, Shown.harmful(random)).put(y, "a.safetensors");
    harmless("inspect", json("model.safetensors.index.json", index));
    for (String file : List.of("rules.json", "experiment.json", "map.json", "fleet.json")) {
      ObjectNode object = (ObjectNode) JSON.readTree(folder.resolve(file).toFile());
      object.put(Shown.harmful(random), Shown.harmful(random));
      Path path = json("other-" + file, object);
      harmless("compare", a, b, "--rules", path);
      harmless("compare", a, b, "--map", path);
      harmless("sweep", path);
      harmless("recipes", "show", "catalogue:" + path);
      harmless("inspect", path);
    }
  }
}
