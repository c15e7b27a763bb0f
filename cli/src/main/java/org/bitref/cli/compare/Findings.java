package org.bitref.cli.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.bitref.cli.console.Json;
import org.bitref.compare.Comparer;
import org.bitref.compare.LogitsComparison;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.UlpSpread;
import org.bitref.compare.verdict.PairJudge;
import org.bitref.compare.verdict.TensorVerdict;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * What the difference of two tensors is like.
 *
 * @param logits empty for all tensors but {@code logits}
 */
record Findings(UlpSpread ulps, TensorVerdict verdict, Optional<LogitsComparison> logits) {

  static Findings of(String name, Tensor a, Tensor b, OptionalInt head, Comparer.Closely compared) {
    TensorComparison figures = compared.figures();
    boolean logits = name.equals("logits") && a.dtype().isFloat() && a.shape().rank() > 1;
    return new Findings(
        compared.ulps(),
        PairJudge.judge(name, a, b, head, figures),
        logits ? Optional.of(LogitsComparison.of(a, b, figures.dtype())) : Optional.empty());
  }

  /** Channels of a head, by the caches of a dump; empty if it has none, or they disagree. */
  static OptionalInt headLength(TensorSource dump) {
    Map<Long, String> lengths = new TreeMap<>();
    for (TensorInfo tensor : dump.tensors().values()) {
      Shape shape = tensor.shape();
      if (tensor.name().matches("kv\\.\\d{1,6}\\.k") && shape.rank() > 2) {
        lengths.put(shape.dim(-1), tensor.name());
      }
    }
    return lengths.size() == 1 && lengths.keySet().iterator().next() <= Integer.MAX_VALUE
        ? OptionalInt.of(lengths.keySet().iterator().next().intValue())
        : OptionalInt.empty();
  }

  /** The fields that a stage's JSON object has of it. */
  Map<String, Object> json(String tensor) {
    Map<String, Object> json = new LinkedHashMap<>();
    Map<String, Object> spread = new LinkedHashMap<>();
    spread.put("p50", Json.ulps(ulps.p50()));
    spread.put("p99", Json.ulps(ulps.p99()));
    spread.put("max_own_size", Json.ulps(ulps.maxOwnSize()));
    spread.put("crossings", ulps.crossings());
    spread.put("max_same_sign", Json.ulps(ulps.maxSameSign()));
    spread.put("lone_crossing", ulps.loneCrossing());
    json.put("ulp", spread);
    json.putAll(VerdictJson.of(tensor, verdict));
    logits.ifPresent(of -> json.put("next_token", VerdictJson.logits(of)));
    return json;
  }
}
