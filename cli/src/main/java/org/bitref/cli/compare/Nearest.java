package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.compare.TokenDistance;
import org.bitref.compare.TokenDistance.Nearer;

/**
 * Which of several references the cache A is nearest to.
 *
 * @param references in the order given
 * @param layers that A and all references hold
 */
record Nearest(List<Reference> references, List<Layer> layers) {
  /** Zeros of another sign are no distance, but unequal. */
  private static final Comparator<TokenDistance> SMALLEST =
      Comparator.comparingDouble(TokenDistance::meanAbs)
          .thenComparingLong(distance -> -distance.equal());

  private static final Comparator<Reference> BY_DISTANCE =
      Comparator.comparing(Reference::distance, SMALLEST);

  /**
   * A cache that A may be like.
   *
   * @param letter B is the first, those of {@code --nearest} follow
   * @param path empty if its file does not tell
   */
  record Reference(
      String letter, String name, Optional<AttentionPath> path, TokenDistance distance) {}

  /**
   * Mean |A - B| of a layer's K and V, of each reference as given.
   *
   * @param nearest letters of the nearest one and of those that cannot be told from it
   */
  record Layer(int layer, List<Double> meanAbs, List<String> nearest) {
    static Layer of(int layer, List<TokenDistance> distances, List<String> letters) {
      return new Layer(
          layer,
          distances.stream().map(TokenDistance::meanAbs).toList(),
          among(distances).stream().map(letters::get).toList());
    }
  }

  /**
   * A row of the table, with what {@code nearest} rests on; recipe, chunk and readBack as {@link
   * AttentionPath}.
   *
   * @param excess mean over the tokens of its mean |A - B| less that of the first row
   * @param standardError of excess
   */
  record Row(
      String ref,
      String name,
      Optional<String> recipe,
      Optional<String> chunk,
      Optional<String> readBack,
      double meanAbs,
      double rms,
      double cosine,
      long equal,
      long total,
      double excess,
      double standardError) {}

  /** Places of the smallest distance and of those that two standard errors do not tell from it. */
  private static List<Integer> among(List<TokenDistance> distances) {
    TokenDistance best = distances.stream().min(SMALLEST).orElseThrow();
    return IntStream.range(0, distances.size())
        .filter(i -> TokenDistance.nearer(best, distances.get(i)) == Nearer.SAME)
        .boxed()
        .toList();
  }

  /** The nearest one, and those that cannot be told from it. */
  List<Reference> nearest() {
    return among(references.stream().map(Reference::distance).toList()).stream()
        .map(references::get)
        .sorted(BY_DISTANCE)
        .toList();
  }

  /** All references, the nearest first. */
  List<Row> rows() {
    List<Reference> sorted = references.stream().sorted(BY_DISTANCE).toList();
    TokenDistance best = sorted.getFirst().distance();
    return sorted.stream().map(reference -> row(reference, best)).toList();
  }

  private static Row row(Reference reference, TokenDistance best) {
    TokenDistance of = reference.distance();
    return new Row(
        reference.letter(),
        reference.name(),
        reference.path().map(AttentionPath::recipe),
        reference.path().map(AttentionPath::chunk),
        reference.path().map(AttentionPath::readBack),
        of.meanAbs(),
        of.rms(),
        of.cosine(),
        of.equal(),
        of.total(),
        of.excess(best),
        of.standardError(best));
  }

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("nearest", nearest().stream().map(Reference::letter).toList());
    json.put("reason", NearestText.verdict(this));
    json.put("tokens", references.getFirst().distance().tokens());
    json.put("references", rows());
    json.put("layers", layers);
    return json;
  }
}
