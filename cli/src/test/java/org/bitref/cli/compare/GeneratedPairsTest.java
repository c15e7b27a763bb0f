package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.cli.Cli;
import org.bitref.cli.compare.Pair.Noise;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dumps of two systems, made up: every verdict is right, and every place is named. */
class GeneratedPairsTest {
  private static final int PLANTED = 310;
  private static final int PLAIN = 90;
  private static final int LOSSY = 50;
  private static final int WIDE = 50;

  private static final DType[] TYPES = {DType.BF16, DType.F16, DType.F32};

  @TempDir Path temp;

  private final List<String> wrong = new ArrayList<>();

  @Test
  void allFiveHundredAreJudgedRight() {
    int pairs = 0;
    PlantedStructure.Kind[] kinds = PlantedStructure.Kind.values();
    for (int i = 0; i < PLANTED; i++) {
      planted(kinds[i % kinds.length], i / kinds.length, new Random(1000 + i));
      pairs++;
    }
    for (int i = 0; i < PLAIN; i++) {
      plain(new Random(5000 + i), i);
      pairs++;
    }
    for (int i = 0; i < LOSSY; i++) {
      lossy(new Random(6000 + i), i);
      pairs++;
    }
    for (int i = 0; i < WIDE; i++) {
      wide(new Random(7000 + i), i);
      pairs++;
    }
    assertEquals(500, pairs);
    assertEquals(List.of(), wrong);
  }

  private static Noise noise(int i) {
    return Noise.values()[i % Noise.values().length];
  }

  private static Pair cache(Random random, DType type, Noise noise) {
    return new Pair(random, type, 4, 56, 32, noise);
  }

  private static Pair hidden(Random random, DType type, Noise noise) {
    return new Pair(random, type, 1, 56, 96, noise);
  }

  private static Tensor stored(Pair pair, boolean ofA, DType as) {
    Shape shape =
        pair.heads == 1
            ? Shape.of(1, pair.tokens, pair.channels)
            : Shape.of(1, pair.heads, pair.tokens, pair.channels);
    return ofA ? pair.a(shape, as) : pair.b(shape, as);
  }

  private void planted(PlantedStructure.Kind kind, int i, Random random) {
    DType type = TYPES[i % TYPES.length];
    Noise noise = noise(i / TYPES.length);
    Pair cache = cache(random, type, noise);
    PlantedStructure right = PlantedStructure.plant(kind, cache, random);
    String what = "%s %s %s %s: ".formatted(kind, i, type, noise);
    JsonNode json = compare(cache, type, hidden(random, type, noise), type, 1);
    judged(what, json.get("stages").get(0), noise);
    JsonNode stage = json.get("stages").get(1);
    String found = stage.get("what").asText();
    String expected = right.toString();
    boolean place =
        right.places().stream()
            .anyMatch(p -> found.startsWith("kv.2.v" + (p.isEmpty() ? "" : ", " + p) + ": "));
    boolean form = right.allows(stage.get("form").path("is").asText());
    if (!stage.get("verdict").asText().equals(right.verdict()) || !place || !form) {
      wrong.add(what + expected + " but " + stage.get("verdict").asText() + " " + found + "\n");
    }
    if (!json.get("judgement").get("tensor").asText().equals("kv.2.v")) {
      wrong.add(what + "judged by " + json.get("judgement").get("tensor") + "\n");
    }
  }

  private void judged(String what, JsonNode stage, Noise noise) {
    String right = noise == Noise.NONE ? "equal" : "rounding";
    if (!stage.get("verdict").asText().equals(right) || !stage.get("place").isNull()) {
      wrong.add(what + right + " but " + stage.get("verdict") + " " + stage.get("what") + "\n");
    }
  }

  private JsonNode compare(Pair cache, DType cacheB, Pair hidden, DType hiddenB, int exit) {
    Map<String, Tensor> a = new LinkedHashMap<>();
    Map<String, Tensor> b = new LinkedHashMap<>();
    a.put("inputs_embeds", stored(hidden, true, hidden.type()));
    b.put("inputs_embeds", stored(hidden, false, hiddenB));
    a.put("kv.2.v", stored(cache, true, cache.type()));
    b.put("kv.2.v", stored(cache, false, cacheB));
    return Cli.run("compare", dump("a", a), dump("b", b), "--format", "json").exits(exit).json();
  }

  private Path dump(String name, Map<String, Tensor> tensors) {
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((tensor, value) -> entries.add(TensorEntry.of(tensor, value)));
    Path path = temp.resolve(name + ".safetensors");
    SafetensorsWriter.write(path, Map.of(), entries, true);
    return path;
  }

  /** Nothing but what roundings leave. */
  private void plain(Random random, int i) {
    DType type = TYPES[i % TYPES.length];
    Noise noise = noise(i / TYPES.length);
    Pair cache = cache(random, type, noise);
    Pair hidden = hidden(random, type, noise);
    JsonNode json = compare(cache, type, hidden, type, noise == Noise.NONE ? 0 : 1);
    judged("plain " + i + ": ", json.get("stages").get(0), noise);
    judged("plain " + i + ": ", json.get("stages").get(1), noise);
  }

  /** B's values went through a coarser type. */
  private void lossy(Random random, int i) {
    DType[] coarse = {DType.BF16, DType.F8_E4M3, DType.F16};
    DType through = coarse[i % coarse.length];
    Pair cache = cache(random, DType.F32, noise(i / 3));
    Pair hidden = hidden(random, DType.F32, noise(i / 3));
    boolean back = i % 2 == 0;
    for (Pair pair : List.of(cache, hidden)) {
      double most = through.format().orElseThrow().maxFinite();
      Arrays.setAll(pair.a, k -> Math.clamp(pair.a[k], -most, most));
      Arrays.setAll(pair.b, k -> Math.clamp(pair.b[k], -most, most));
      Tensor cast = stored(pair, false, through);
      for (int k = 0; k < pair.b.length; k++) {
        pair.b[k] = cast.get(k);
      }
    }
    DType stored = back ? DType.F32 : through;
    JsonNode json = compare(cache, stored, hidden, stored, 1);
    judged("lossy " + i + ": ", json.get("stages").get(0), Noise.ULP);
    judged("lossy " + i + ": ", json.get("stages").get(1), Noise.ULP);
  }

  /** B stores values of a narrow type in a wide one. */
  private void wide(Random random, int i) {
    DType type = i % 2 == 0 ? DType.BF16 : DType.F16;
    Pair cache = cache(random, type, noise(i));
    Pair hidden = hidden(random, type, noise(i));
    int exit = noise(i) == Noise.NONE ? 0 : 1;
    JsonNode json = compare(cache, DType.F32, hidden, DType.F32, exit);
    judged("wide " + i + ": ", json.get("stages").get(0), noise(i));
    judged("wide " + i + ": ", json.get("stages").get(1), noise(i));
  }
}
