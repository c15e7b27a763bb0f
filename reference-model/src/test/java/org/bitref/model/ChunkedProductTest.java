package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Optional;
import java.util.Random;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.Workers;
import org.bitref.operation.Product;
import org.bitref.recipe.BySize;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;

/** Each chunk of a prefill is a product of its own size. */
final class ChunkedProductTest {
  private static final int DEPTH = 4096;
  private static final int COLUMNS = 1024;
  private static final Extent PROMPT = new Extent(2, 29, 0);
  private static final BySize RECIPE = new BySize("cublas-f16");

  private final Random random = new Random(11);
  private final Product product =
      new Product(
          values(Shape.of(PROMPT.batch(), PROMPT.tokens(), DEPTH)),
          values(Shape.of(COLUMNS, DEPTH)));

  private Tensor values(Shape shape) {
    TensorBuilder values = new TensorBuilder(DType.F16, shape);
    for (long i = 0; i < shape.elements(); i++) {
      values.set(i, random.nextGaussian());
    }
    return values.build();
  }

  private static StageRecipe of(int rows) {
    return RECIPE.at(Sizes.product(rows, COLUMNS, DEPTH)).recipe();
  }

  /** 48 rows make two slices and ten make three. */
  @Test
  void theLastChunkIsOfItsOwnSize() {
    assertNotEquals(of(48), of(10));
    try (Workers workers = new Workers(2)) {
      Tensor y = new ChunkedProduct(product, PROMPT, Optional.of(24)).run(RECIPE, workers);
      Tensor first = product.run(of(48), workers);
      Tensor last = product.run(of(10), workers);
      for (int b = 0; b < PROMPT.batch(); b++) {
        assertRows(first, y, b * 29L, b * 29L + 24);
        assertRows(last, y, b * 29L + 24, (b + 1) * 29L);
      }
      assertNotEquals(y.elements(), StoredBits.equal(first, y), "the orders do not differ");
    }
  }

  @Test
  void withoutChunksAllRowsAreOneProduct() {
    try (Workers workers = new Workers(2)) {
      Tensor y = new ChunkedProduct(product, PROMPT, Optional.empty()).run(RECIPE, workers);
      assertEquals(y.elements(), StoredBits.equal(product.run(of(58), workers), y));
    }
  }

  private static void assertRows(Tensor expected, Tensor actual, long from, long to) {
    for (long i = from * COLUMNS; i < to * COLUMNS; i++) {
      assertEquals(expected.bits(i), actual.bits(i), "element " + i);
    }
  }
}
