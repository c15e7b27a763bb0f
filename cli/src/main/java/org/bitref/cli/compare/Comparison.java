package org.bitref.cli.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.compare.verdict.KnownLengths;
import org.bitref.kernel.Workers;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Compares all pairs of two dumps. */
public final class Comparison {
  private Comparison() {}

  /** Every tensor that both hold; those on one side only are listed, not refused. */
  public static CompareReport of(TensorSource a, TensorSource b, Session session) {
    Pairs pairs = Pairs.of(a, b);
    pairs.check(a, b, _ -> true);
    List<StageResult> results = results(pairs.common(), a, b, session);
    Optional<KvComparison> cache = KvComparison.of(results, Map.of());
    return new CompareReport(
        a.name(), b.name(), results, pairs, cache, KvDetails.NONE, Optional.empty(), false);
  }

  static List<StageResult> results(
      List<String> names, TensorSource a, TensorSource b, Session session) {
    StageResult[] results = new StageResult[names.size()];
    KnownLengths known = DumpAxes.of(a);
    long total = names.stream().mapToLong(name -> elements(a, name)).sum();
    try (Workers workers = session.workers();
        Progress progress = session.progress("compare", total)) {
      workers.forEach(
          results.length,
          1,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              String name = names.get(i);
              Tensor left = a.read(name);
              results[i] = StageResult.of(name, left, b.read(name), known);
              progress.advance(left.elements());
            }
          });
    }
    return Arrays.asList(results);
  }

  private static long elements(TensorSource source, String name) {
    return source.tensors().get(name).shape().elements();
  }
}
