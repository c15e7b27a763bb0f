package org.bitref.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Random;
import org.bitref.kernel.Workers;
import org.bitref.recipe.BySize;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ProductTest {
  private static final BySize BY_SIZE = new BySize("cublas-f16");
  private static final int COLUMNS = 1024;
  private static final int DEPTH = 4096;

  /** One row is computed with K in three slices, 48 in two. */
  @Test
  void aRecipeBySizeIsTheOneForTheOperands() {
    Product one = product(1);
    Product many = product(48);
    assertNotEquals(chosen(one), chosen(many));
    try (Workers workers = new Workers(1)) {
      for (Product product : new Product[] {one, many}) {
        Tensor expected = product.run(chosen(product), workers);
        Tensor found = product.run(BY_SIZE, workers);
        assertEquals(-1, expected.data().mismatch(found.data()));
      }
    }
  }

  private static StageRecipe chosen(Product product) {
    return BY_SIZE.at(product.sizes()).recipe();
  }

  private static Product product(int rows) {
    Random random = new Random(4);
    double[] x = random.doubles((long) rows * DEPTH, -1, 1).toArray();
    double[] w = random.doubles((long) COLUMNS * DEPTH, -1, 1).toArray();
    return new Product(
        Tensor.ofDoubles(Shape.of(rows, DEPTH), x).cast(DType.F16),
        Tensor.ofDoubles(Shape.of(COLUMNS, DEPTH), w).cast(DType.F16));
  }
}
