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

/** From the scores of a piece to the weights of its values: scale, mask and softmax. */
final class AttentionWeights {
  private final AttentionRecipe recipe;
  private final Format calc;
  private final SoftmaxKernel softmax;
  private final DoubleUnaryOperator factor;
  private final double masked;

  AttentionWeights(AttentionRecipe recipe) {
    this.recipe = recipe;
    this.calc = recipe.softmax().calc();
    this.softmax = new SoftmaxKernel(recipe.softmax());
    this.factor = Arithmetic.rounding(recipe.factor());
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
      return key > piece.lastSeen(row) || (visible.isPresent() && !visible.get()[from + key]);
    }

    /** The first key that a row may have hidden. */
    int first(int row) {
      return visible.isEmpty() ? piece.lastSeen(row) + 1 : 0;
    }
  }

  /** All values are floats between any two operations. */
  private void floats(
      Tensor scores, double scale, Hidden hidden, TensorBuilder weights, int weighed) {
    AttentionPiece piece = hidden.piece;
    int seen = scores.shape().intDim(1);
    int keys = piece.keys();
    FloatSoftmax rows = new FloatSoftmax(recipe.softmax(), piece.matrixRows());
    float[] row = new float[keys];
    for (int r = 0; r < piece.rows(); r++) {
      scaled(scores, (long) r * seen, scale, row, seen);
      Arithmetic.round(recipe.score(), row, 0, seen);
      for (int j = hidden.first(r); j < seen; j++) {
        row[j] = hidden.hides(r, j) ? (float) (row[j] + masked) : row[j];
      }
      Arithmetic.round(recipe.score(), row, hidden.first(r), seen);
      Arrays.fill(row, seen, keys, Float.NEGATIVE_INFINITY);
      rows.apply(row, keys, seen, piece.matrixRow(r));
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
    double[] row = new double[keys];
    for (int r = 0; r < piece.rows(); r++) {
      scores.read((long) r * seen, row, 0, seen);
      for (int j = 0; j < seen; j++) {
        row[j] *= scale;
      }
      Arithmetic.round(recipe.score(), row, seen);
      for (int j = 0; j < seen; j++) {
        row[j] += hidden.hides(r, j) ? masked : 0;
      }
      Arithmetic.round(recipe.score(), row, seen);
      Arrays.fill(row, seen, keys, Double.NEGATIVE_INFINITY);
      softmax.apply(row, keys, seen, sum, piece.matrixRow(r));
      for (int j = 0; j < weighed; j++) {
        weights.set((long) r * weighed + j, row[j]);
      }
    }
  }
}
