package org.bitref.compare.verdict;

import java.util.Optional;

/**
 * What kind of difference a pair of tensors shows.
 *
 * @param place where it is; empty where nothing differs or no place stands out
 * @param form what B is to A there; empty for equal values and roundings; of what is undecided, why
 * @param level root of the mean square of |a - b| over the size of the values, in the place, or in
 *     the whole tensor without one; 0 to 2, and NaN where values are not finite
 * @param elsewhere the same outside the place; 0 without one
 */
public record TensorVerdict(
    Verdict verdict, Optional<Place> place, Optional<Form> form, double level, double elsewhere) {

  static TensorVerdict of(Verdict verdict, double level) {
    return new TensorVerdict(verdict, Optional.empty(), Optional.empty(), level, 0);
  }

  static TensorVerdict undecided(Form why, double level) {
    return new TensorVerdict(Verdict.UNDECIDED, Optional.empty(), Optional.of(why), level, 0);
  }

  static TensorVerdict at(Verdict verdict, Place place, Form form, double level, double elsewhere) {
    return new TensorVerdict(verdict, Optional.of(place), Optional.of(form), level, elsewhere);
  }
}
