package org.bitref.bound;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;

/**
 * How far a right implementation of attention may be from the exact result, for each family of
 * implementations. The derivation stands at {@link AttentionFamily}.
 *
 * @param y what was captured, [heads * M * D]
 * @param format of the output
 */
public record AttentionBounds(
    AttentionRows attention,
    AttentionRows.Way right,
    double[] y,
    Format format,
    List<AttentionFamily> families,
    Attended attended) {

  /** The bounds of a captured attention. */
  public static AttentionBounds of(AttentionCase given, Workers workers) {
    AttentionRows attention = AttentionRows.of(given);
    int group = attention.heads() / attention.kvHeads();
    int[] kvHead = IntStream.range(0, attention.heads()).map(h -> h / group).toArray();
    AttentionRows.Way right = new AttentionRows.Way(given.scale(), 1, given.last(), kvHead, false);
    Format format = StoredFormat.of(given.out());
    List<AttentionFamily> families = AttentionFamily.of(format);
    return new AttentionBounds(
        attention,
        right,
        given.out().toDoubles(),
        format,
        families,
        attention.attend(right, families, format, workers));
  }

  /**
   * The output against every family, the narrowest first. A row of {@link Bounded} is a query of a
   * head, [heads * M], a column an element of it.
   */
  public List<Bounded> all() {
    List<Bounded> all = new ArrayList<>();
    for (int f = 0; f < families.size(); f++) {
      long outside = 0;
      int worst = 0;
      double ratio = 0;
      for (int i = 0; i < y.length; i++) {
        double here = ratio(attended, f, i);
        outside += here <= 1 ? 0 : 1;
        if (here > ratio) {
          ratio = here;
          worst = i;
        }
      }
      int d = attention.d();
      all.add(new Bounded(families.get(f).text(), outside, ratio, worst / d, worst % d));
    }
    return all;
  }

  /** The distance in units of the bound; 0 where NaN or infinite inputs leave nothing to say. */
  public double ratio(Attended from, int family, int i) {
    double exact = from.exact()[i];
    if (!Double.isFinite(exact) || y[i] == exact) {
      return 0;
    }
    double ratio = Math.abs(y[i] - exact) / bound(from, family, i);
    return Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
  }

  /** Two conversions, for an output may pass through another kernel. */
  private double bound(Attended from, int family, int i) {
    double error = from.error()[family][i];
    return error + 2 * format.ulp(Math.abs(from.exact()[i]) + error);
  }
}
