package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bitref.cli.console.Numbers;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.UlpHistogram;
import org.bitref.compare.Worst;
import org.bitref.tensor.Shape;

/**
 * One tensor of A against that of B; the numbers are those of {@link TensorComparison}.
 *
 * @param dtype the coarser of both types, to which "equal" and ULP refer
 * @param shape of A
 * @param ulpHistogram buckets that are not empty
 * @param ownError null without {@code --truth}, and for what cannot be computed from A
 */
record StageResult(
    String name,
    String dtype,
    long[] shape,
    long total,
    long equal,
    double maxAbs,
    double meanAbs,
    @JsonSerialize(using = Ulps.class) long maxUlp,
    double cosine,
    TensorComparison.Percentiles percentiles,
    List<Bucket> ulpHistogram,
    double normA,
    double normB,
    double normRatio,
    double snrDb,
    long signedZero,
    Sides nan,
    Sides infinite,
    List<Element> worst,
    @JsonInclude(JsonInclude.Include.NON_NULL) OwnErrors ownError) {

  /** How many elements are this many ULP apart. */
  record Bucket(String ulp, long count) {}

  /** A count on either side. */
  record Sides(long a, long b) {}

  /** One element, its values in decimal and as stored bits. */
  record Element(
      List<Long> at,
      double a,
      double b,
      @JsonProperty("a_bits") String bitsA,
      @JsonProperty("b_bits") String bitsB,
      @JsonSerialize(using = Ulps.class) long ulp) {
    static Element of(Worst worst) {
      return new Element(
          worst.at(), worst.a(), worst.b(), worst.aBits(), worst.bBits(), worst.ulp());
    }
  }

  /** A distance; NaN against a number is infinitely far. */
  static final class Ulps extends JsonSerializer<Long> {
    @Override
    public void serialize(Long ulp, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      if (ulp == Long.MAX_VALUE) {
        json.writeString("Infinity");
      } else {
        json.writeNumber(ulp);
      }
    }
  }

  static StageResult of(String name, Shape shape, TensorComparison c) {
    List<Bucket> buckets = new ArrayList<>();
    for (int i = 0; i < c.ulps().counts().size(); i++) {
      long count = c.ulps().counts().get(i);
      if (count > 0) {
        buckets.add(new Bucket(UlpHistogram.label(i), count));
      }
    }
    return new StageResult(
        name,
        c.dtype().name(),
        shape.dims(),
        c.total(),
        c.equal(),
        c.maxAbs(),
        c.meanAbs(),
        c.maxUlp(),
        c.cosine(),
        c.percentiles(),
        buckets,
        c.normA(),
        c.normB(),
        c.normRatio(),
        c.snrDecibels(),
        c.signedZeros(),
        new Sides(c.nanA(), c.nanB()),
        new Sides(c.infinitiesA(), c.infinitiesB()),
        c.worst().stream().map(Element::of).toList(),
        null);
  }

  StageResult with(OwnErrors errors) {
    return new StageResult(
        name,
        dtype,
        shape,
        total,
        equal,
        maxAbs,
        meanAbs,
        maxUlp,
        cosine,
        percentiles,
        ulpHistogram,
        normA,
        normB,
        normRatio,
        snrDb,
        signedZero,
        nan,
        infinite,
        worst,
        errors);
  }

  boolean allEqual() {
    return equal == total;
  }

  long unequal() {
    return total - equal;
  }

  /** The cosine as text; {@code 1} stands for equal values alone. */
  String cosineText() {
    return maxAbs == 0 && total > 0 ? "1" : Numbers.cosine(cosine);
  }

  boolean hasSpecials() {
    return nan.a + nan.b + infinite.a + infinite.b + signedZero > 0;
  }
}
