package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.UlpBucket;
import org.bitref.compare.Comparer;
import org.bitref.compare.OwnError;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.verdict.KnownLengths;
import org.bitref.compare.verdict.Verdict;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * One tensor of A against that of B.
 *
 * @param shape of A
 * @param types of both
 * @param findings what the difference is like
 * @param ownError empty without {@code --truth}, and for what cannot be computed from A
 */
record StageResult(
    String name,
    Shape shape,
    Types types,
    TensorComparison figures,
    Findings findings,
    Optional<OwnErrors> ownError) {

  /**
   * How far both sides are from the exact result of a stage on A's inputs. What B inherited from
   * other inputs of its own counts as its error here.
   *
   * @param nearer {@code A}, {@code B} or {@code same}, by the mean absolute error
   */
  record OwnErrors(OwnError a, OwnError b, String nearer) {

    /** Both sides against the exact result; empty if a side is of an integer type. */
    static Optional<OwnErrors> of(Tensor a, Tensor b, Types types, Tensor exact) {
      if (!a.dtype().isFloat() || !b.dtype().isFloat()) {
        return Optional.empty();
      }
      OwnError left = OwnError.of(a, exact, types.a().format().orElseThrow());
      OwnError right = OwnError.of(b, exact, types.b().format().orElseThrow());
      int order = Double.compare(left.meanAbs(), right.meanAbs());
      return Optional.of(new OwnErrors(left, right, order == 0 ? "same" : order < 0 ? "A" : "B"));
    }
  }

  /** A count on either side. */
  private record Sides(long a, long b) {}

  /** The same of A and of B. */
  private record Pair<T>(T a, T b) {}

  /**
   * Compares a pair.
   *
   * @param known what the dump says of its axes
   */
  static StageResult of(String name, Tensor a, Tensor b, KnownLengths known) {
    Types types = Types.of(a, b);
    Comparer.Closely compared = Comparer.closely(a, types.a(), b, types.b());
    Findings findings = Findings.of(name, a, b, known, compared);
    return new StageResult(name, a.shape(), types, compared.figures(), findings, Optional.empty());
  }

  /** The same with errors against exact results. */
  StageResult with(Optional<OwnErrors> errors) {
    return new StageResult(name, shape, types, figures, findings, errors);
  }

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("dtype", figures.dtype());
    json.put("shape", shape);
    json.put("total", figures.total());
    json.put("equal", figures.equal());
    json.put("equal_rounded", figures.equalRounded());
    json.put("types", new Pair<>(types.a(), types.b()));
    if (types.widenedA().isPresent() || types.widenedB().isPresent()) {
      json.put("widened", new Pair<>(types.widenedA(), types.widenedB()));
    }
    json.put("max_abs", figures.maxAbs());
    json.put("mean_abs", figures.meanAbs());
    json.put("max_ulp", Json.ulps(figures.maxUlp()));
    json.put("cosine", figures.cosine());
    json.put("percentiles", figures.percentiles());
    json.put("ulp_histogram", UlpBucket.of(figures.ulps()));
    json.put("norm_a", figures.normA());
    json.put("norm_b", figures.normB());
    json.put("norm_ratio", figures.normRatio());
    json.put("snr_db", figures.snrDecibels());
    json.put("signed_zero", figures.signedZeros());
    json.put("nan", new Sides(figures.nanA(), figures.nanB()));
    json.put("infinite", new Sides(figures.infinitiesA(), figures.infinitiesB()));
    json.put("worst", figures.worst());
    json.putAll(findings.json(name));
    ownError.ifPresent(errors -> json.put("own_error", errors));
    return json;
  }

  Verdict verdict() {
    return findings.verdict().verdict();
  }

  boolean allEqual() {
    return figures.allEqual();
  }

  /** True if values differ, but not once they are rounded to the coarser of both types. */
  boolean isEqualRounded() {
    return !allEqual() && types.areNested() && figures.allEqualRounded();
  }

  /** The cosine as text; {@code 1} stands for equal values alone. */
  String cosineText() {
    return figures.maxAbs() == 0 ? "1" : Numbers.cosine(figures.cosine());
  }

  boolean hasSpecials() {
    long infinities = figures.infinitiesA() + figures.infinitiesB();
    return figures.nanA() + figures.nanB() + infinities + figures.signedZeros() > 0;
  }
}
