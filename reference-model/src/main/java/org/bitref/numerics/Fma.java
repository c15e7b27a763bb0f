package org.bitref.numerics;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * {@link Math#fma} in reasonable time on every machine. Where the JVM has no instruction for it (an
 * old processor, {@code -XX:-UseFMA}, {@code -XX:UseAVX=0}), its own is made of {@link
 * java.math.BigDecimal}; this one gives the same bits by a few operations on doubles.
 */
public final class Fma {
  private static final boolean IN_HARDWARE = lookUp();

  /** Double bits of what lies in the middle between two floats, below the bits of a float. */
  private static final long BELOW_FLOAT = 0x1FFF_FFFFL;

  private static final long MIDDLE = 0x1000_0000L;

  /** Splits a double into halves whose products are exact (G. Veltkamp). */
  private static final double SPLIT = 0x1p27 + 1;

  private Fma() {}

  private static boolean lookUp() {
    try {
      HotSpotDiagnosticMXBean flags =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return flags == null || Boolean.parseBoolean(flags.getVMOption("UseFMA").getValue());
    } catch (LinkageError | IllegalArgumentException _) {
      // A JDK without the module jdk.management, or a JVM without this flag: most have the
      // instruction.
      return true;
    }
  }

  /** True if {@link Math#fma} is an instruction here. */
  public static boolean inHardware() {
    return IN_HARDWARE;
  }

  /** a · b + c, rounded once. */
  public static float of(float a, float b, float c) {
    return IN_HARDWARE ? Math.fma(a, b, c) : emulated(a, b, c);
  }

  /** a · b + c, rounded once. */
  public static double of(double a, double b, double c) {
    return IN_HARDWARE ? Math.fma(a, b, c) : emulated(a, b, c);
  }

  /**
   * The product is exact in a double. Its rounded sum with c leads to the right float unless it
   * lies in the middle between two of them and the exact sum does not.
   */
  static float emulated(float a, float b, float c) {
    double product = (double) a * b;
    double sum = product + c;
    boolean middle = (Double.doubleToRawLongBits(sum) & BELOW_FLOAT) == MIDDLE;
    return middle || Math.abs(sum) < Float.MIN_NORMAL ? (float) oddSum(product, c) : (float) sum;
  }

  /**
   * A sum rounded to odd: toward zero, and the last bit set if that was inexact. It can be rounded
   * again to fewer places as if it were exact (S. Boldo, G. Melquiond, "Emulation of FMA and
   * correctly rounded sums", IEEE Trans. Computers 57, 2008).
   */
  public static double oddSum(double a, double b) {
    double sum = a + b;
    double error = ErrorFree.sumError(a, b, sum);
    boolean odd = (Double.doubleToRawLongBits(sum) & 1) != 0;
    return error == 0 || odd ? sum : error > 0 ? Math.nextUp(sum) : Math.nextDown(sum);
  }

  /** Their algorithm, where neither overflow nor underflow can touch it. */
  static double emulated(double a, double b, double c) {
    double product = a * b;
    if (a == 0 || b == 0 || !Double.isFinite(a) || !Double.isFinite(b)) {
      return product + c;
    }
    if (!Double.isFinite(c)) {
      return c;
    }
    boolean plain =
        Math.abs(product) >= 0x1p-900
            && Math.abs(product) <= 0x1p1000
            && Math.max(Math.abs(a), Math.abs(b)) <= 0x1p990
            && Math.abs(c) <= 0x1p1000;
    if (!plain) {
      return Math.fma(a, b, c);
    }
    double lost = productError(a, b, product);
    double low = c + lost;
    double sum = product + low;
    return sum + oddSum(ErrorFree.sumError(c, lost, low), ErrorFree.sumError(product, low, sum));
  }

  /** T. Dekker's product. */
  private static double productError(double a, double b, double product) {
    double aHigh = SPLIT * a - (SPLIT * a - a);
    double bHigh = SPLIT * b - (SPLIT * b - b);
    double aLow = a - aHigh;
    double bLow = b - bHigh;
    return aLow * bLow - (((product - aHigh * bHigh) - aLow * bHigh) - aHigh * bLow);
  }
}
