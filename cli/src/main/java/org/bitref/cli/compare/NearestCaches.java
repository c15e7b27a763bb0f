package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bitref.BadInputException;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.compare.TokenDistance;
import org.bitref.kernel.Workers;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Finds which of several caches one is nearest to. */
final class NearestCaches {
  /** Of the references: B to Z. */
  static final int MOST = 25;

  private NearestCaches() {}

  /**
   * Compares the layers whose K and V all hold.
   *
   * @param references B and those of {@code --nearest}, at most {@link #MOST}
   * @throws BadInputException if there is no such layer, or the caches are not of the same tokens
   */
  static Nearest of(TensorSource a, List<? extends TensorSource> references, Session session) {
    List<Integer> layers = layers(a, references);
    TokenDistance[][] all = new TokenDistance[layers.size()][references.size()];
    try (Workers workers = session.workers();
        Progress progress = session.progress("nearest", layers.size())) {
      workers.forEach(
          layers.size(),
          1,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              for (int r = 0; r < references.size(); r++) {
                all[i][r] = layer(layers.get(i), a, references.get(r));
              }
              progress.step("layer " + layers.get(i));
            }
          });
    }
    List<String> letters =
        IntStream.range(0, references.size()).mapToObj(r -> "" + (char) ('B' + r)).toList();
    List<Nearest.Reference> results = new ArrayList<>();
    for (int r = 0; r < references.size(); r++) {
      int number = r;
      TensorSource reference = references.get(r);
      List<TokenDistance> parts =
          IntStream.range(0, all.length).mapToObj(i -> all[i][number]).toList();
      results.add(
          new Nearest.Reference(
              letters.get(r),
              reference.name(),
              AttentionPath.of(reference.metadata()),
              sum(parts, a, reference)));
    }
    return new Nearest(
        results,
        IntStream.range(0, all.length)
            .mapToObj(i -> Nearest.Layer.of(layers.get(i), List.of(all[i]), letters))
            .toList());
  }

  private static List<Integer> layers(TensorSource a, List<? extends TensorSource> references) {
    TreeSet<Integer> layers = new TreeSet<>();
    for (String name : a.tensors().keySet()) {
      if (name.matches("kv\\.\\d{1,6}\\.k")) {
        layers.add(Integer.valueOf(name.split("\\.", -1)[1]));
      }
    }
    layers.removeIf(layer -> !has(a, layer));
    for (TensorSource reference : references) {
      layers.removeIf(layer -> !has(reference, layer));
      if (layers.isEmpty()) {
        throw new BadInputException(
            a.name() + " and " + reference.name(),
            "have no layer's K and V in common",
            "Leave out --nearest, or name the caches kv.{i}.k and kv.{i}.v by --map.");
      }
    }
    return List.copyOf(layers);
  }

  private static boolean has(TensorSource source, int layer) {
    return source.has("kv." + layer + ".k") && source.has("kv." + layer + ".v");
  }

  private static TokenDistance layer(int layer, TensorSource a, TensorSource b) {
    return sum(
        List.of(distance("kv." + layer + ".k", a, b), distance("kv." + layer + ".v", a, b)), a, b);
  }

  private static TokenDistance distance(String name, TensorSource a, TensorSource b) {
    Pairs.check(name, a, b);
    Tensor left = a.read(name);
    if (left.shape().rank() < 3 || left.elements() == 0) {
      throw new BadInputException(
          a.name() + ": tensor \"" + name + "\"",
          "has shape " + left.shape() + " and so no tokens",
          "Give it the axes [B, KV heads, S, D] by --map, or leave out --nearest.");
    }
    return TokenDistance.of(left, b.read(name));
  }

  private static TokenDistance sum(List<TokenDistance> parts, TensorSource a, TensorSource b) {
    int tokens = parts.getFirst().tokens();
    if (parts.stream().anyMatch(part -> part.tokens() != tokens)) {
      throw new BadInputException(
          a.name() + " and " + b.name(),
          "hold keys and values of another number of tokens in some layers than in others",
          "Compare caches of one prompt.");
    }
    return TokenDistance.sum(parts);
  }
}
