package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bitref.BadInputException;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.compare.Comparer;
import org.bitref.kernel.Workers;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Compares KV caches head by head. */
final class KvHeads {
  private KvHeads() {}

  /**
   * The heads of every {@code kv.{i}.k} and {@code kv.{i}.v} among these names, by name.
   *
   * @throws BadInputException if there is none, or one is not [.., KV heads, S, D]
   */
  static Map<String, List<KvFigures>> of(
      List<String> names, TensorSource a, TensorSource b, Session session) {
    List<String> caches = caches(names, a, b, "--heads");
    Map<String, List<KvFigures>> heads = new ConcurrentHashMap<>();
    try (Workers workers = session.workers();
        Progress progress = session.progress("heads", caches.size())) {
      workers.forEach(
          caches.size(),
          1,
          (from, to) -> {
            for (String name : caches.subList(from, to)) {
              heads.put(name, of(name, a, b));
              progress.step(name);
            }
          });
    }
    return heads;
  }

  /**
   * Keys and values among these names.
   *
   * @param option that asks for them
   */
  static List<String> caches(List<String> names, TensorSource a, TensorSource b, String option) {
    List<String> caches =
        names.stream().filter(name -> name.matches("kv\\.\\d{1,6}\\.[kv]")).toList();
    if (caches.isEmpty()) {
      throw new BadInputException(
          a.name() + " and " + b.name(),
          "have no KV cache in common",
          "Leave out %s, or name the caches kv.{i}.k and kv.{i}.v by --map.".formatted(option));
    }
    return caches;
  }

  /** Refuses what has no axis of heads. */
  static void checkAxes(String name, TensorSource a, Shape shape, String option) {
    if (shape.rank() < 3) {
      throw new BadInputException(
          a.name() + ": tensor \"" + name + "\"",
          "has shape " + shape + " and so no heads",
          "Give it the axes [B, KV heads, S, D] by --map, or leave out %s.".formatted(option));
    }
  }

  private static List<KvFigures> of(String name, TensorSource a, TensorSource b) {
    Tensor left = a.read(name);
    Tensor right = b.read(name);
    Types types = Types.of(left, right);
    int rank = left.shape().rank();
    checkAxes(name, a, left.shape(), "--heads");
    Shape head = Shape.of(left.shape().dim(rank - 2), left.shape().dim(rank - 1));
    long heads = left.shape().dim(rank - 3);
    List<KvFigures> figures = new ArrayList<>();
    for (long h = 0; h < heads; h++) {
      List<KvFigures> rows = new ArrayList<>();
      for (long at = h * head.elements();
          at < left.elements();
          at += heads * Math.max(1, head.elements())) {
        Tensor x = left.slice(at, head);
        Tensor y = right.slice(at, head);
        rows.add(KvFigures.of(Comparer.compare(x, types.a(), y, types.b())));
      }
      figures.add(KvFigures.of(rows));
    }
    return figures;
  }
}
