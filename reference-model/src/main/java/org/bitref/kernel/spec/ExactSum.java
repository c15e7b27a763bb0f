package org.bitref.kernel.spec;

import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.WideAccumulator;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.Inner;

/** {@link Inner.Exact}: no rounding before the last term. */
final class ExactSum implements InnerSum {
  private final WideAccumulator wide = new WideAccumulator();
  private final Optional<Epilogue.Cvt> cvt;

  ExactSum(Epilogue epilogue) {
    this.cvt = epilogue.onlyCvt();
  }

  @Override
  public double sum(double acc, double[] a, double[] b, Run run) {
    wide.clear();
    wide.add(acc);
    for (KRange range : run.ranges()) {
      for (int k = range.from(); k < range.to(); k++) {
        wide.addProduct(a[k], b[k]);
      }
    }
    return cvt.map(this::rounded).orElseGet(wide::toDouble);
  }

  /** Rounded as the conversion will do it, so that the conversion itself has nothing left to do. */
  private double rounded(Epilogue.Cvt into) {
    Format format = into.format();
    return switch (into.conversion()) {
      case RNE -> wide.round(format, Rounding.RNE);
      case RZ -> wide.round(format, Rounding.RZ);
      case SATFINITE -> {
        double max = format.maxFinite();
        double sum = wide.toDouble();
        yield Math.abs(sum) > max ? Math.copySign(max, sum) : wide.round(format, Rounding.RNE);
      }
    };
  }
}
