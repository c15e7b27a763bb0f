package org.bitref.cli.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Json;
import org.bitref.compare.Comparer;
import org.bitref.compare.LogitsComparison;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.UlpSpread;
import org.bitref.compare.verdict.KnownLengths;
import org.bitref.compare.verdict.PairJudge;
import org.bitref.compare.verdict.TensorVerdict;
import org.bitref.model.StageNames;
import org.bitref.tensor.Tensor;

/**
 * What the difference of two tensors is like.
 *
 * @param logits empty for all tensors but {@code logits}
 */
record Findings(UlpSpread ulps, TensorVerdict verdict, Optional<LogitsComparison> logits) {

  static Findings of(
      String name, Tensor a, Tensor b, KnownLengths known, Comparer.Closely compared) {
    TensorComparison figures = compared.figures();
    boolean logits = name.equals("logits") && a.dtype().isFloat() && a.shape().rank() > 1;
    return new Findings(
        compared.ulps(),
        PairJudge.judge(StageNames.stage(name).orElse(name), a, b, known, figures),
        logits ? Optional.of(LogitsComparison.of(a, b, figures.dtype())) : Optional.empty());
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
