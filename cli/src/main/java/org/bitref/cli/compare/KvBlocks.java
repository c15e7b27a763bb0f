package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.kernel.Workers;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Compares KV caches head by head in blocks of tokens. */
final class KvBlocks {
  private KvBlocks() {}

  /**
   * The heads of every {@code kv.{i}.k} and {@code kv.{i}.v} among these names.
   *
   * @param size tokens of a block, at least 1
   * @throws BadInputException if there is none, or one is not [.., KV heads, S, D]
   */
  static KvTokens of(
      List<String> names, TensorSource a, TensorSource b, int size, Session session) {
    List<String> caches = KvHeads.caches(names, a, b, "--token-block");
    List<List<KvTokens.Head>> heads = new ArrayList<>();
    caches.forEach(_ -> heads.add(List.of()));
    try (Workers workers = session.workers();
        Progress progress = session.progress("tokens", caches.size())) {
      workers.forEach(
          caches.size(),
          1,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              heads.set(i, heads(caches.get(i), a, b, size));
              progress.step(caches.get(i));
            }
          });
    }
    return new KvTokens(size, heads.stream().flatMap(List::stream).toList());
  }

  private static List<KvTokens.Head> heads(String name, TensorSource a, TensorSource b, int size) {
    Tensor left = a.read(name);
    Tensor right = b.read(name);
    Shape shape = left.shape();
    KvHeads.checkAxes(name, a, shape, "--token-block");
    int heads = shape.intDim(shape.rank() - 3);
    String[] parts = name.split("\\.", -1);
    List<KvTokens.Head> results = new ArrayList<>();
    for (int head = 0; head < heads; head++) {
      HeadSums sums = HeadSums.of(left, right, head, heads);
      results.add(
          new KvTokens.Head(
              Integer.parseInt(parts[1]), parts[2], head, sums.first(), sums.blocks(size)));
    }
    return results;
  }

  /** Of each token of a head, over its channels and all sequences of the batch. */
  private record HeadSums(double[] absolute, double[] max, long[] unequal, long values) {

    static HeadSums of(Tensor a, Tensor b, int head, int heads) {
      int tokens = a.shape().intDim(a.shape().rank() - 2);
      long width = a.shape().dim(a.shape().rank() - 1);
      long ofHead = tokens * width;
      HeadSums sums =
          new HeadSums(
              new double[tokens],
              new double[tokens],
              new long[tokens],
              ofHead == 0 ? 0 : a.elements() / heads / tokens);
      for (long at = head * ofHead; at < a.elements(); at += heads * Math.max(1, ofHead)) {
        for (long i = 0; i < ofHead; i++) {
          sums.add((int) (i / width), a.get(at + i), b.get(at + i));
        }
      }
      return sums;
    }

    private void add(int token, double x, double y) {
      // Equal as everywhere: a NaN equals a NaN, zeros of two signs are unequal.
      if (Double.compare(x, y) != 0) {
        double d = Math.abs(x - y);
        d = Double.isNaN(d) ? Double.POSITIVE_INFINITY : d;
        unequal[token]++;
        absolute[token] += d;
        max[token] = Math.max(max[token], d);
      }
    }

    Optional<Integer> first() {
      for (int t = 0; t < unequal.length; t++) {
        if (unequal[t] > 0) {
          return Optional.of(t);
        }
      }
      return Optional.empty();
    }

    List<KvTokens.Block> blocks(int size) {
      List<KvTokens.Block> blocks = new ArrayList<>();
      for (int from = 0; from < unequal.length; from += size) {
        int to = Math.min(unequal.length - from, size) + from;
        long different = 0;
        double sum = 0;
        double largest = 0;
        for (int t = from; t < to; t++) {
          different += unequal[t];
          sum += absolute[t];
          largest = Math.max(largest, max[t]);
        }
        double mean = values == 0 ? 0 : sum / ((double) values * (to - from));
        blocks.add(new KvTokens.Block(from, to - 1, different, mean, largest));
        if (to == unequal.length) {
          break;
        }
      }
      return blocks;
    }
  }
}
