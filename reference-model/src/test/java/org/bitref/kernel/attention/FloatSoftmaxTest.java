package org.bitref.kernel.attention;

import java.util.Random;
import org.bitref.kernel.row.Rows;
import org.bitref.recipe.SoftmaxRecipe;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of floats beside rows of doubles that are rounded after each operation. */
final class FloatSoftmaxTest {
  private static final float[] SPECIAL = {
    Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NaN, -0f, -65504, 3e38f, -3e38f
  };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exp=sleef,sum=lanes(16,short),quotient=rcp,out=f32",
        "exp=cuda,sum=lanes(32),quotient=rcp,out=f16",
        "exp=cuda,sum=torchsoftmax(f16),out=f16",
        "exp=cuda,sum=torchsoftmax(f32),out=bf16",
        "exp=fast,sum=lanes(8,acc=4),out=tf32",
        "step=f16,exp=cuda,sum=lanes(32),quotient=rcp,out=e4m3",
        "step=bf16,sum=seq,quotient=rcp,out=f64",
        "step=f64,exp=sleef,sum=exact,out=bf16",
        "sum=cascade(8),out=f32",
        "sum=torchcuda,out=e8m13"
      })
  void areTheSame(String keys) {
    SoftmaxRecipe recipe = Rows.recipe(SoftmaxRecipe.class, "softmax(" + keys + ")");
    SoftmaxKernel doubles = new SoftmaxKernel(recipe);
    Random random = new Random(1);
    int[] lengths = {1, 2, 7, 16, 31, 33, 100, 257, 1024, 1025, 1999, 3006};
    for (int n : lengths) {
      for (int trial = 0; trial < 12; trial++) {
        int seen = trial < 6 ? n : random.nextInt(1, n + 1);
        float[] row = row(random, n, seen, trial % 3);
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
          expected[i] = row[i];
        }
        long index = random.nextInt(32);
        doubles.apply(expected, n, seen, doubles.sum(32), index);
        new FloatSoftmax(recipe, 32).apply(row, n, seen, index);
        for (int i = 0; i < n; i++) {
          Rows.assertSame(expected[i], row[i], n + " of which " + seen + ", element " + i);
        }
      }
    }
  }

  /** Scores; for kind 1 some and for kind 2 many of them special. */
  private static float[] row(Random random, int n, int seen, int kind) {
    float[] row = Rows.wide(random, n, 5);
    for (int i = 0; i < n; i++) {
      if (i >= seen) {
        row[i] = Float.NEGATIVE_INFINITY;
      } else if (kind > 0 && random.nextInt(kind == 1 ? 500 : 2) == 0) {
        row[i] = SPECIAL[random.nextInt(kind == 1 ? SPECIAL.length : 1)];
      }
    }
    return row;
  }
}
