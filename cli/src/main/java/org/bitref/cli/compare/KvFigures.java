package org.bitref.cli.compare;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.List;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Numbers;
import org.bitref.compare.TensorComparison;

/**
 * How K, V or parts of them differ; the numbers are those of a {@link TensorComparison}.
 *
 * @param normA length of A's part
 * @param normB length of B's part
 */
record KvFigures(
    long total,
    long equal,
    double meanAbs,
    double maxAbs,
    @JsonSerialize(using = Json.Ulps.class) long maxUlp,
    double cosine,
    double normA,
    double normB) {

  static KvFigures of(TensorComparison c) {
    return new KvFigures(
        c.total(),
        c.equal(),
        c.meanAbs(),
        c.maxAbs(),
        c.maxUlp(),
        c.cosine(),
        c.normA(),
        c.normB());
  }

  long unequal() {
    return total - equal;
  }

  /** The cosine as text; {@code 1} stands for equal values alone. */
  String cosineText() {
    return maxAbs == 0 ? "1" : Numbers.cosine(cosine);
  }

  /** Several parts as if they were one tensor. */
  static KvFigures of(List<KvFigures> parts) {
    long total = 0;
    long equal = 0;
    double absolute = 0;
    double maxAbs = 0;
    long maxUlp = 0;
    double products = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (KvFigures part : parts) {
      total += part.total;
      equal += part.equal;
      absolute += part.meanAbs * part.total;
      maxAbs = Math.max(maxAbs, part.maxAbs);
      maxUlp = Math.max(maxUlp, part.maxUlp);
      boolean zero = part.normA == 0 || part.normB == 0;
      products += zero ? 0 : part.cosine * part.normA * part.normB;
      squaresA += part.normA * part.normA;
      squaresB += part.normB * part.normB;
    }
    double normA = Math.sqrt(squaresA);
    double normB = Math.sqrt(squaresB);
    double cosine = maxAbs == 0 ? 1 : products / (normA * normB);
    return new KvFigures(
        total, equal, total == 0 ? 0 : absolute / total, maxAbs, maxUlp, cosine, normA, normB);
  }
}
