package org.bitref.kernel.row;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Format;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Element-wise stages as {@link PointRecipe} words them. */
public final class PointKernel {
  private static final int PIECE = 1 << 14;
  private static final int PATTERNS = 1 << 16;
  private static final double GELU_SLOPE = Math.sqrt(2 / Math.PI);

  private final PointRecipe recipe;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator out;
  private final DoubleUnaryOperator exponential;
  private final DoubleUnaryOperator tangent;

  /** A kernel of any kind. */
  public PointKernel(PointRecipe recipe) {
    this.recipe = recipe;
    this.calc = Arithmetic.rounding(recipe.calc());
    this.out = Arithmetic.rounding(recipe.output());
    this.exponential = Exponentials.of(recipe.exponential(), recipe.calc());
    this.tangent = Exponentials.tangent(recipe.exponential(), recipe.calc());
  }

  /** CAST, SILU or GELU of every element. */
  public Tensor run(Tensor x, Workers workers) {
    return switch (recipe.kind()) {
      case CAST -> map(x, x, (a, _) -> a, workers);
      case SILU, GELU ->
          x.dtype().bytes() == Short.BYTES
              ? activationOfPatterns(x, workers)
              : activation(x, workers);
      case ADD, MUL -> throw new IllegalArgumentException(recipe.text() + " takes two operands");
    };
  }

  /** ADD or MUL of elements at the same place; the tensors have as many elements. */
  public Tensor run(Tensor a, Tensor b, Workers workers) {
    return switch (recipe.kind()) {
      case ADD -> map(a, b, (x, y) -> canonical(x + y), workers);
      case MUL -> map(a, b, (x, y) -> canonical(x * y), workers);
      case CAST, SILU, GELU ->
          throw new IllegalArgumentException(recipe.text() + " takes one operand");
    };
  }

  /** Which operand's NaN, or of which sign, the processor returns depends on how C2 compiles. */
  private static double canonical(double x) {
    return Double.isNaN(x) ? Double.NaN : x;
  }

  private Tensor activation(Tensor x, Workers workers) {
    boolean gelu = recipe.kind() == PointRecipe.Kind.GELU;
    return map(x, x, (a, _) -> canonical(gelu ? gelu(a) : silu(a)), workers);
  }

  /** Of 16 bits there are few patterns; if many elements have them, each pattern is done once. */
  private Tensor activationOfPatterns(Tensor x, Workers workers) {
    if (x.elements() < PATTERNS) {
      return activation(x, workers);
    }
    short[] all = new short[PATTERNS];
    for (int i = 0; i < all.length; i++) {
      all[i] = (short) i;
    }
    Tensor results = activation(Tensor.ofShorts(x.dtype(), Shape.of(PATTERNS), all), workers);
    TensorBuilder y = new TensorBuilder(results.dtype(), x.shape());
    pieces(
        x.elements(),
        (at, count) -> {
          for (long i = at; i < at + count; i++) {
            y.setBits(i, results.bits(x.bits(i)));
          }
        },
        workers);
    return y.build();
  }

  private double silu(double x) {
    double e = exponential.applyAsDouble(-x);
    return switch (recipe.form()) {
      case DIV -> x / calc.applyAsDouble(1 + e);
      case MUL -> x * rounded(1 / calc.applyAsDouble(1 + e));
      case LOW -> x * rounded(1 / rounded(1 + rounded(e)));
      case TANH, TANH_FMA -> throw new IllegalStateException(recipe.text());
    };
  }

  private double gelu(double x) {
    double cube = calc.applyAsDouble(calc.applyAsDouble(x * x) * x);
    double kappa = calc.applyAsDouble(0.044715);
    double sum =
        recipe.form() == PointRecipe.Form.TANH_FMA
            ? Arithmetic.fma(kappa, cube, x, calc)
            : calc.applyAsDouble(x + calc.applyAsDouble(kappa * cube));
    double inner = calc.applyAsDouble(calc.applyAsDouble(GELU_SLOPE) * sum);
    double half = calc.applyAsDouble(0.5 * x);
    return half * calc.applyAsDouble(1 + tangent.applyAsDouble(inner));
  }

  private double rounded(double x) {
    return out.applyAsDouble(calc.applyAsDouble(x));
  }

  private Tensor map(Tensor a, Tensor b, DoubleBinaryOperator f, Workers workers) {
    TensorBuilder out = new TensorBuilder(DType.of(recipe.output()), a.shape());
    pieces(
        a.elements(),
        (at, count) -> {
          double[] x = new double[count];
          double[] y = new double[count];
          a.read(at, x, 0, count);
          b.read(at, y, 0, count);
          for (int i = 0; i < count; i++) {
            x[i] = f.applyAsDouble(x[i], y[i]);
          }
          write(x, count, out, at);
        },
        workers);
    return out.build();
  }

  /** Rounds to what is computed in, and then to the output. */
  private void write(double[] values, int count, TensorBuilder out, long at) {
    if (recipe.calc() == Format.F64) {
      for (int i = 0; i < count; i++) {
        out.set(at + i, values[i]);
      }
      return;
    }
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = (float) values[i];
    }
    out.write(at, floats, 0, count);
  }

  /** A stretch of elements. */
  private interface Piece {
    void run(long at, int count);
  }

  private static void pieces(long n, Piece piece, Workers workers) {
    workers.forEach(
        Math.toIntExact(Math.ceilDiv(n, (long) PIECE)),
        1,
        (i, _) -> piece.run((long) i * PIECE, (int) Math.min(PIECE, n - (long) i * PIECE)));
  }
}
