package org.bitref.cli.compare;

import java.util.Optional;
import org.bitref.compare.Comparer;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.Widened;

/**
 * The types of a tensor of A and of B.
 *
 * @param storedA in the file
 * @param storedB in the file
 * @param widenedA if A holds values of a narrower type, in which they count
 * @param widenedB the same of B
 */
record Types(DType storedA, DType storedB, Optional<Widened> widenedA, Optional<Widened> widenedB) {

  static Types of(Tensor a, Tensor b) {
    return new Types(a.dtype(), b.dtype(), Widened.tight(a), Widened.tight(b));
  }

  /** What A's values are of. */
  DType a() {
    return widenedA.map(Widened::held).orElse(storedA);
  }

  /** What B's values are of. */
  DType b() {
    return widenedB.map(Widened::held).orElse(storedB);
  }

  /** True if both are of floating-point types and these are not the same. */
  boolean differ() {
    return a().isFloat() && a() != b();
  }

  /** True if one of them holds every value of the other. */
  boolean areNested() {
    return a().isFloat() && Comparer.areNested(a(), b());
  }
}
