package org.bitref.bound;

import java.util.List;
import java.util.stream.IntStream;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.tensor.Widened;

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
    AttentionRows.Attended attended) {

  /** The bounds of a captured attention. */
  public static AttentionBounds of(AttentionCase given, Workers workers) {
    AttentionRows attention = AttentionRows.of(given.q(), given.k(), given.v());
    AttentionRows.Way right = attention.right(given.function(), given.positions());
    Format format = Widened.format(given.out());
    List<AttentionFamily> families = AttentionFamily.of(format);
    return new AttentionBounds(
        attention,
        right,
        given.out().toDoubles(),
        format,
        families,
        attention.attend(right, families, format, workers));
  }

  /** The output against every family, the narrowest first. */
  public List<Bounded> all() {
    return IntStream.range(0, families.size())
        .mapToObj(f -> Bounded.of(y.length, i -> holds(attended, f, i), i -> ratio(attended, f, i)))
        .toList();
  }

  public boolean holds(AttentionRows.Attended from, int family, int i) {
    return ratio(from, family, i) <= 1;
  }

  /** The distance in units of the bound; 0 where NaN or infinite inputs leave nothing to say. */
  private double ratio(AttentionRows.Attended from, int family, int i) {
    double exact = from.exact()[i];
    if (!Double.isFinite(exact) || y[i] == exact) {
      return 0;
    }
    double ratio = Math.abs(y[i] - exact) / bound(from, family, i);
    return Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
  }

  /** Two conversions, for an output may pass through another kernel. */
  private double bound(AttentionRows.Attended from, int family, int i) {
    double error = from.error()[family][i];
    return error + 2 * format.ulp(Math.abs(from.exact()[i]) + error);
  }
}
