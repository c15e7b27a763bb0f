package org.bitref.model;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.operation.Product;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * A product over a prompt that is prefilled chunk by chunk. A recipe that is chosen by sizes sees
 * the rows of one chunk, and of the last one there may be fewer.
 *
 * @param product x is [B, S, K]
 * @param extent of the prompt
 * @param chunk new tokens at a time
 */
record ChunkedProduct(Product product, Extent extent, int chunk) {
  ChunkedProduct(Product product, Extent extent, Optional<Integer> chunk) {
    this(product, extent, Math.min(extent.tokens(), chunk.orElse(extent.tokens())));
  }

  /** The result for all tokens. */
  Tensor run(StageRecipe recipe, Workers workers) {
    int rest = extent.tokens() % chunk;
    StageRecipe whole = at(recipe, chunk);
    if (rest == 0 || at(recipe, rest).equals(whole)) {
      return product.run(whole, workers);
    }
    int end = extent.tokens() - rest;
    return joined(part(0, end).run(whole, workers), part(end, rest).run(at(recipe, rest), workers));
  }

  private StageRecipe at(StageRecipe recipe, int tokens) {
    return recipe.at(sizes(tokens)).recipe();
  }

  private Sizes sizes(int tokens) {
    long rows = (long) extent.batch() * tokens;
    return Sizes.product(rows, product.columns(), product.depth());
  }

  /** The product of some tokens of each sequence. */
  private Product part(int from, int tokens) {
    Tensor x = product.x();
    long depth = product.depth();
    Shape shape = Shape.of(extent.batch(), tokens, depth);
    TensorBuilder part = new TensorBuilder(x.dtype(), shape);
    for (int b = 0; b < extent.batch(); b++) {
      long source = ((long) b * extent.tokens() + from) * depth;
      part.copy((long) b * tokens * depth, x, source, tokens * depth);
    }
    return new Product(part.build(), product.w(), product.c(), product.bias());
  }

  private Tensor joined(Tensor first, Tensor last) {
    TensorBuilder all = new TensorBuilder(first.dtype(), product.shape());
    List<Tensor> parts = List.of(first, last);
    long to = 0;
    for (int b = 0; b < extent.batch(); b++) {
      for (Tensor part : parts) {
        long length = part.elements() / extent.batch();
        all.copy(to, part, b * length, length);
        to += length;
      }
    }
    return all.build();
  }
}
