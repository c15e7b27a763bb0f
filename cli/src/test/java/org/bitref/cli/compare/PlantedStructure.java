package org.bitref.cli.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Something planted in a pair at a random place.
 *
 * @param verdict that is right
 * @param forms that are right, as in JSON
 * @param places that are right, in words; nothing for the whole tensor
 */
record PlantedStructure(String verdict, List<String> forms, List<String> places) {

  /** What can be planted. */
  enum Kind {
    STALE_BLOCK,
    COPIED_TOKENS,
    ZERO_HEAD,
    ZERO_BLOCK,
    ZERO_COLUMNS,
    ZERO_EVERY_NTH,
    ZERO_TOKENS_OF_A_HEAD,
    ALL_ZERO,
    SWAPPED_TOKENS,
    SWAPPED_HEADS,
    SWAPPED_CHANNELS,
    SHIFTED,
    SHIFTED_HEAD,
    SHIFTED_AROUND,
    REVERSED,
    TRANSPOSED,
    HEADS_AND_TOKENS,
    FACTOR,
    FACTOR_OF_HEAD,
    FACTOR_OF_CHANNELS,
    OFFSET,
    OFFSET_OF_HEAD,
    SIGN,
    SIGN_OF_CHANNELS,
    INTERLEAVED,
    DEINTERLEAVED,
    NOISY_CHANNELS,
    NOISY_TOKENS,
    NOT_A_NUMBER,
    FLIPPED_BITS,
    UNRELATED
  }

  private record Planter(Pair pair, Random random) {

    /** A run of some lines. */
    int[] run(int axis, int least, int most) {
      int n = pair.length(axis);
      int length = least + random.nextInt(Math.min(most, n - 1) - least + 1);
      int first = random.nextInt(n - length + 1);
      return IntStream.range(first, first + length).toArray();
    }

    int[] two(int axis) {
      return random.ints(0, pair.length(axis)).distinct().limit(2).sorted().toArray();
    }

    int[][] sets(int[] heads, int[] tokens, int[] channels) {
      return new int[][] {heads, tokens, channels};
    }

    int[][] on(int axis, int[] set) {
      int[][] sets = sets(pair.all(0), pair.all(1), pair.all(2));
      sets[axis] = set;
      return sets;
    }

    PlantedStructure structured(int[][] sets, String... forms) {
      return new PlantedStructure("structured", List.of(forms), List.of(words(pair, sets)));
    }

    PlantedStructure changed(int[][] sets, Pair.Change change, String... forms) {
      pair.change(sets, change);
      return structured(sets, forms);
    }

    PlantedStructure moved(int[][] sets, int axis, IntUnaryOperator source, String... forms) {
      pair.move(sets, axis, source);
      return structured(sets, forms);
    }

    PlantedStructure swapped(int axis) {
      int[] two = two(axis);
      return moved(on(axis, two), axis, i -> i == two[0] ? two[1] : two[0], "swapped");
    }

    /** A value of the size of its surroundings that has nothing to do with it. */
    double other() {
      return pair.b[random.nextInt(pair.b.length)];
    }

    double factor() {
      double by = 1.1 + random.nextDouble();
      return random.nextBoolean() ? by : 1 / by;
    }

    /** Even where only few values are so large. */
    double offset() {
      return (random.nextBoolean() ? 1 : -1) * (1 + random.nextDouble());
    }
  }

  static PlantedStructure plant(Kind kind, Pair pair, Random random) {
    Planter p = new Planter(pair, random);
    int[][] whole = p.on(0, pair.all(0));
    int[] head = {random.nextInt(pair.heads)};
    int tokens = pair.tokens;
    int channels = pair.channels;
    return switch (kind) {
      case STALE_BLOCK ->
          p.changed(p.sets(head, p.run(1, 4, 4), pair.all(2)), (_, _) -> p.other(), "other-values");
      case COPIED_TOKENS -> {
        int[] run = p.run(1, 4, 8);
        int from = (run[0] + tokens / 2) % tokens;
        int by = Math.min(from, tokens - run.length) - run[0];
        yield p.moved(p.sets(head, run, pair.all(2)), 1, i -> i + by, "copied");
      }
      case ZERO_HEAD -> p.changed(p.on(0, head), (_, _) -> 0, "zeros-in-b");
      case ZERO_BLOCK ->
          p.changed(p.sets(head, p.run(1, 8, 16), p.run(2, 8, 16)), (_, _) -> 0, "zeros-in-b");
      case ZERO_COLUMNS -> p.changed(p.on(2, p.run(2, 1, 8)), (_, _) -> 0, "zeros-in-b");
      case ZERO_TOKENS_OF_A_HEAD ->
          p.changed(p.sets(head, p.run(1, 2, 8), pair.all(2)), (_, _) -> 0, "zeros-in-b");
      case ZERO_EVERY_NTH -> {
        int n = 3 + random.nextInt(3);
        int phase = random.nextInt(n);
        int[] set = IntStream.range(0, channels).filter(i -> i % n == phase).toArray();
        yield p.changed(p.on(2, set), (_, _) -> 0, "zeros-in-b");
      }
      case ALL_ZERO -> p.changed(whole, (_, _) -> 0, "zeros-in-b");
      case SWAPPED_TOKENS -> p.swapped(1);
      case SWAPPED_HEADS -> p.swapped(0);
      case SWAPPED_CHANNELS -> p.swapped(2);
      case SHIFTED -> {
        int first = random.nextInt(tokens / 2);
        int[] set = IntStream.range(first, tokens - 1).toArray();
        PlantedStructure shifted = p.moved(p.on(1, set), 1, i -> i + 1, "shifted");
        // The last token is not one that moved, nor one that contradicts it.
        int[] withLast = IntStream.range(first, tokens).toArray();
        yield shifted.or(words(pair, p.on(1, withLast)));
      }
      case SHIFTED_HEAD -> {
        int[] set = IntStream.range(1, tokens).toArray();
        PlantedStructure shifted =
            p.moved(p.sets(head, set, pair.all(2)), 1, i -> i - 1, "shifted");
        // The first token is not one that moved, nor one that contradicts it.
        yield shifted.or(words(pair, p.on(0, head)));
      }
      case SHIFTED_AROUND -> {
        int by = 1 + random.nextInt(tokens / 2 - 1);
        yield p.moved(whole, 1, i -> (i + by) % tokens, "shifted-around");
      }
      case REVERSED -> p.moved(whole, 2, i -> channels - 1 - i, "reversed", "swapped");
      case TRANSPOSED -> {
        pair.transpose(1);
        yield p.structured(whole, "transposed");
      }
      case HEADS_AND_TOKENS -> {
        pair.transpose(0);
        yield p.structured(whole, "transposed");
      }
      case FACTOR -> {
        double by = p.factor();
        yield p.changed(whole, (_, x) -> x * by, "factor");
      }
      case FACTOR_OF_HEAD -> {
        double by = p.factor();
        yield p.changed(p.on(0, head), (_, x) -> x * by, "factor");
      }
      case FACTOR_OF_CHANNELS -> {
        double by = p.factor();
        yield p.changed(p.on(2, p.run(2, 1, 8)), (_, x) -> x * by, "factor");
      }
      case OFFSET -> {
        double by = p.offset();
        yield p.changed(whole, (_, x) -> x + by, "offset");
      }
      case OFFSET_OF_HEAD -> {
        double by = p.offset();
        yield p.changed(p.on(0, head), (_, x) -> x + by, "offset");
      }
      case SIGN -> p.changed(whole, (_, x) -> -x, "sign");
      case SIGN_OF_CHANNELS -> p.changed(p.on(2, p.run(2, 1, 8)), (_, x) -> -x, "sign");
      case INTERLEAVED -> order(p, i -> i % 2 * (channels / 2) + i / 2, "interleaved");
      case DEINTERLEAVED ->
          order(p, i -> i < channels / 2 ? 2 * i : 2 * i - channels + 1, "deinterleaved");
      case NOISY_CHANNELS -> noisy(p, p.on(2, p.run(2, 1, 4)));
      case NOISY_TOKENS -> noisy(p, p.on(1, p.run(1, 1, 6)));
      case NOT_A_NUMBER -> {
        int[][] sets = p.sets(head, p.run(1, 1, 4), p.run(2, 1, 4));
        double special = random.nextBoolean() ? Double.NaN : Double.POSITIVE_INFINITY;
        pair.change(sets, (_, _) -> special);
        yield new PlantedStructure("corrupt", List.of("not-finite"), List.of(words(pair, sets)));
      }
      case FLIPPED_BITS -> {
        // The sign and two exponent bits of one value of some size.
        int i =
            random
                .ints(0, pair.a.length)
                .filter(k -> Math.abs(pair.a[k]) > 0.5)
                .findFirst()
                .orElseThrow();
        pair.b[i] = -16 * pair.b[i];
        int[][] sets =
            p.sets(
                new int[] {i / (tokens * channels)},
                new int[] {i / channels % tokens},
                new int[] {i % channels});
        yield new PlantedStructure("corrupt", List.of("scattered"), List.of(words(pair, sets)));
      }
      case UNRELATED -> {
        pair.change(whole, (_, _) -> 3 * p.other());
        yield new PlantedStructure("corrupt", List.of("unrelated"), List.of(""));
      }
    };
  }

  /** Errors of nearly half the size of the values, far more than elsewhere. */
  private static PlantedStructure noisy(Planter p, int[][] sets) {
    return p.changed(
        sets,
        (_, x) -> x * (1 + 0.45 * p.random().nextGaussian()),
        "confined",
        "larger",
        "other-values");
  }

  /** The first and the last channel keep their place. */
  private static PlantedStructure order(Planter p, IntUnaryOperator source, String form) {
    int[][] whole = p.on(0, p.pair().all(0));
    p.pair().move(whole, 2, source);
    int[][] inner = p.on(2, IntStream.range(1, p.pair().channels - 1).toArray());
    return new PlantedStructure("structured", List.of(form), List.of("", words(p.pair(), inner)));
  }

  /** As {@code head 1, tokens 50-53}. */
  static String words(Pair pair, int[][] sets) {
    String[] names = {"head", "token", "channel"};
    StringBuilder words = new StringBuilder();
    for (int axis = 0; axis < 3; axis++) {
      int[] set = sets[axis];
      if (set.length < pair.length(axis)) {
        words.append(words.isEmpty() ? "" : ", ").append(words(names[axis], set));
      }
    }
    return words.toString();
  }

  private static String words(String name, int[] set) {
    int last = set[set.length - 1];
    if (set.length == 1) {
      return name + " " + last;
    }
    int step = set[1] - set[0];
    if (step == 1 || last - set[0] == set.length - 1) {
      return name + "s " + set[0] + "-" + last;
    }
    return set.length == 2
        ? name + "s " + set[0] + " and " + last
        : "every %s %s from %s to %s"
            .formatted(step == 3 ? "3rd" : step + "th", name, set[0], last);
  }

  private PlantedStructure or(String place) {
    return new PlantedStructure(verdict, forms, List.of(places.getFirst(), place));
  }

  /** True of a form as in JSON. */
  boolean allows(Map<String, Object> form) {
    return forms.contains(String.valueOf(form.get("is")));
  }

  @Override
  public String toString() {
    return verdict + " " + forms + " at " + Arrays.toString(places.toArray());
  }
}
