package org.bitref.search.space;

import java.util.List;
import org.bitref.kernel.Scales;
import org.bitref.numerics.Format;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.Epilogue.Factor;
import org.bitref.recipe.Epilogue.Mul;
import org.bitref.recipe.Epilogue.Step;

/** Where the sums of a product are multiplied by the scales of its operands. */
public enum SumScaling {
  /** Nowhere: it has none, or its operands were multiplied. */
  NONE,
  /** At the end, by one factor. */
  END,
  /** At the end, by that of x and that of w, one after the other or both at once. */
  END_BY_TWO,
  /** After the sum was stored. */
  STORED,
  /** Block by block of K. */
  BLOCKS;

  /** Where given scales may come in. A power of two changes no bit wherever it comes in. */
  static SumScaling of(Scales scales) {
    if (scales.isEmpty()) {
      return NONE;
    }
    if (scales.isByBlock()) {
      return BLOCKS;
    }
    boolean both = scales.x().isPresent() && scales.w().isPresent();
    return both && !scales.isPowersOfTwo() ? END_BY_TWO : END;
  }

  /** The steps that multiply a sum, the usual ones first. */
  List<List<Step>> steps(Format y) {
    Step alpha = new Mul(Factor.ALPHA, Format.F32);
    Step x = new Mul(Factor.SX, Format.F32);
    Step w = new Mul(Factor.SW, Format.F32);
    return switch (this) {
      case NONE, BLOCKS -> List.of(List.of());
      case END -> List.of(List.of(alpha));
      case END_BY_TWO -> List.of(List.of(alpha), List.of(x, w), List.of(w, x));
      case STORED -> List.of(List.of(new Epilogue.Cvt(y, Epilogue.Conversion.RNE), alpha));
    };
  }
}
