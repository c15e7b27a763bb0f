package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.cli.compare.Pair.Noise;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Session;
import org.bitref.compare.verdict.TensorVerdict;
import org.bitref.compare.verdict.Verdict;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** Dumps of two systems, made up: every verdict is right, and every place is named. */
class GeneratedPairsTest {
  private static final int PLANTED = 310;
  private static final int PLAIN = 90;
  private static final int LOSSY = 50;
  private static final int WIDE = 50;

  private static final DType[] TYPES = {DType.BF16, DType.F16, DType.F32};

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
    List<Noise> all = List.of(Noise.values());
    return all.get(i % all.size());
  }

  private static Pair cache(Random random, DType type, Noise noise) {
    return new Pair(random, type, 4, 48, 32, noise);
  }

  private static Pair hidden(Random random, DType type, Noise noise) {
    return new Pair(random, type, 1, 48, 64, noise);
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
    CompareReport report = compare(cache, type, hidden(random, type, noise), type);
    judged(what, report.stages().get(0), noise);
    TensorVerdict verdict = report.stages().get(1).findings().verdict();
    String found = VerdictWords.of("kv.2.v", verdict);
    boolean place = right.places().contains(verdict.place().map(VerdictWords::place).orElse(""));
    boolean form = verdict.form().map(VerdictJson::form).map(right::allows).orElse(false);
    if (!Json.token(verdict.verdict()).equals(right.verdict()) || !place || !form) {
      wrong.add(what + right + " but " + found + "\n");
    }
    if (!report.judged().orElseThrow().name().equals("kv.2.v")) {
      wrong.add(what + "judged by another tensor\n");
    }
  }

  private void judged(String what, StageResult stage, Noise noise) {
    Verdict right = noise == Noise.NONE ? Verdict.EQUAL : Verdict.ROUNDING;
    TensorVerdict verdict = stage.findings().verdict();
    if (verdict.verdict() != right || verdict.place().isPresent()) {
      wrong.add(what + right + " but " + VerdictWords.of(stage.name(), verdict) + "\n");
    }
  }

  private static CompareReport compare(Pair cache, DType cacheB, Pair hidden, DType hiddenB) {
    Map<String, Tensor> a = new LinkedHashMap<>();
    Map<String, Tensor> b = new LinkedHashMap<>();
    a.put("inputs_embeds", stored(hidden, true, hidden.type()));
    b.put("inputs_embeds", stored(hidden, false, hiddenB));
    a.put("kv.2.v", stored(cache, true, cache.type()));
    b.put("kv.2.v", stored(cache, false, cacheB));
    Session session = new Session(OutputStream.nullOutputStream(), System.err, false);
    return Comparison.of(TensorSource.of("A", a), TensorSource.of("B", b), session);
  }

  /** Nothing but what roundings leave. */
  private void plain(Random random, int i) {
    DType type = TYPES[i % TYPES.length];
    Noise noise = noise(i / TYPES.length);
    Pair cache = cache(random, type, noise);
    Pair hidden = hidden(random, type, noise);
    CompareReport report = compare(cache, type, hidden, type);
    judged("plain " + i + ": ", report.stages().get(0), noise);
    judged("plain " + i + ": ", report.stages().get(1), noise);
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
    CompareReport report = compare(cache, stored, hidden, stored);
    judged("lossy " + i + ": ", report.stages().get(0), Noise.ULP);
    judged("lossy " + i + ": ", report.stages().get(1), Noise.ULP);
  }

  /** B stores values of a narrow type in a wide one. */
  private void wide(Random random, int i) {
    DType type = i % 2 == 0 ? DType.BF16 : DType.F16;
    Pair cache = cache(random, type, noise(i));
    Pair hidden = hidden(random, type, noise(i));
    CompareReport report = compare(cache, DType.F32, hidden, DType.F32);
    judged("wide " + i + ": ", report.stages().get(0), noise(i));
    judged("wide " + i + ": ", report.stages().get(1), noise(i));
  }
}
