package org.bitref.kernel.attention;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.row.RowSum;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Format;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.AttentionRecipe.Scale;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * From the scores of a piece to the weights of its values: scale, softcap, mask and softmax. A sink
 * is a score after the last key, rounded as scores are, whose weight is left out.
 */
final class AttentionWeights {
  private final AttentionRecipe recipe;
  private final Format calc;
  private final SoftmaxKernel softmax;
  private final DoubleUnaryOperator factor;
  private final DoubleUnaryOperator score;
  private final double masked;

  AttentionWeights(AttentionRecipe recipe) {
    this.recipe = recipe;
    this.calc = recipe.softmax().calc();
    this.softmax = new SoftmaxKernel(recipe.softmax());
    this.factor = Arithmetic.rounding(recipe.factor());
    this.score = Arithmetic.rounding(recipe.score());
    this.masked = -recipe.score().maxFinite();
  }

  /**
   * The weights [rows, weighed].
   *
   * @param scores [rows, seen] of the keys that are not hidden from all rows
   * @param weighed how many keys the result has
   * @param visible false for padding, of all keys of all sequences
   */
  Tensor of(Tensor scores, int weighed, AttentionPiece piece, Optional<boolean[]> visible) {
    Shape shape = Shape.of(piece.rows(), weighed);
    TensorBuilder weights = new TensorBuilder(DType.of(recipe.softmax().output()), shape);
    Hidden hidden = new Hidden(piece, visible);
    double scale =
        factor.applyAsDouble(piece.sizes().scale(recipe.scale() == Scale.SCORE, recipe.scale()));
    if (calc == Format.F32) {
      floats(scores, scale, hidden, weights, weighed);
    } else {
      doubles(scores, scale, hidden, weights, weighed);
    }
    return weights.build();
  }

  /** Which keys are hidden from a row, among those that are looked at. */
  private record Hidden(AttentionPiece piece, Optional<boolean[]> visible) {
    boolean hides(int row, int key) {
      int from = piece.batch() * piece.sizes().keys();
      return piece.hides(row, key) || (visible.isPresent() && !visible.get()[from + key]);
    }

    /** The first key that a row may have hidden. */
    int first(int row) {
      return visible.isEmpty() && !piece.hides(row, 0) ? piece.lastSeen(row) + 1 : 0;
    }
  }

  /** Terms of a row's softmax: the keys, and a sink. */
  private static int width(AttentionPiece piece) {
    return piece.keys() + (piece.sizes().function().sinks().isEmpty() ? 0 : 1);
  }

  /** The sink of a row's head as a score. */
  private double sink(AttentionPiece piece, int row) {
    int head = piece.head(row / piece.queries());
    return score.applyAsDouble(piece.sizes().function().sink(head));
  }

  /** All values are floats between any two operations. */
  private void floats(
      Tensor scores, double scale, Hidden hidden, TensorBuilder weights, int weighed) {
    AttentionPiece piece = hidden.piece;
    int seen = scores.shape().intDim(1);
    int keys = piece.keys();
    FloatSoftmax rows = new FloatSoftmax(recipe.softmax(), piece.matrixRows());
    int n = width(piece);
    Optional<Softcap> cap = Softcap.of(recipe, piece.sizes().function().softcap());
    float[] row = new float[n];
    for (int r = 0; r < piece.rows(); r++) {
      scaled(scores, (long) r * seen, scale, row, seen);
      Arithmetic.round(recipe.score(), row, 0, seen);
      if (cap.isPresent()) {
        cap.get().apply(row, seen);
      }
      for (int j = hidden.first(r); j < seen; j++) {
        row[j] = hidden.hides(r, j) ? (float) (row[j] + masked) : row[j];
      }
      Arithmetic.round(recipe.score(), row, hidden.first(r), seen);
      Arrays.fill(row, seen, keys, Float.NEGATIVE_INFINITY);
      Arrays.fill(row, keys, n, (float) sink(piece, r));
      rows.apply(row, n, n == keys ? seen : n, piece.matrixRow(r));
      weights.write((long) r * weighed, row, 0, weighed);
    }
  }

  private static void scaled(Tensor scores, long at, double scale, float[] row, int n) {
    float factor = (float) scale;
    if (factor != scale || scores.dtype() == DType.F64) {
      for (int j = 0; j < n; j++) {
        row[j] = (float) (scores.get(at + j) * scale);
      }
      return;
    }
    scores.read(at, row, 0, n);
    for (int j = 0; j < n; j++) {
      row[j] *= factor;
    }
  }

  private void doubles(
      Tensor scores, double scale, Hidden hidden, TensorBuilder weights, int weighed) {
    AttentionPiece piece = hidden.piece;
    int seen = scores.shape().intDim(1);
    int keys = piece.keys();
    RowSum sum = softmax.sum(piece.matrixRows());
    int n = width(piece);
    Optional<Softcap> cap = Softcap.of(recipe, piece.sizes().function().softcap());
    double[] row = new double[n];
    for (int r = 0; r < piece.rows(); r++) {
      scores.read((long) r * seen, row, 0, seen);
      for (int j = 0; j < seen; j++) {
        row[j] *= scale;
      }
      Arithmetic.round(recipe.score(), row, seen);
      if (cap.isPresent()) {
        cap.get().apply(row, seen);
      }
      for (int j = 0; j < seen; j++) {
        row[j] += hidden.hides(r, j) ? masked : 0;
      }
      Arithmetic.round(recipe.score(), row, seen);
      Arrays.fill(row, seen, keys, Double.NEGATIVE_INFINITY);
      Arrays.fill(row, keys, n, sink(piece, r));
      softmax.apply(row, n, n == keys ? seen : n, sum, piece.matrixRow(r));
      for (int j = 0; j < weighed; j++) {
        weights.set((long) r * weighed + j, row[j]);
      }
    }
  }
}
