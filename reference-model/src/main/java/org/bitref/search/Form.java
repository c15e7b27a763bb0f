package org.bitref.search;

import java.util.List;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Inner;
import org.bitref.search.space.ProductSpace;
import org.bitref.search.space.ProductSpace.Core;
import org.bitref.search.space.SumScaling;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.Widened;

/**
 * One way to read a product: with the scales of its operands at its sums, or of what the operands
 * stand for.
 *
 * @param gemm the product as its kernel takes it
 * @param space the recipes to try
 * @param fused true to try fused steps only: scales of powers of two change nothing else
 */
record Form(Captured<Product> gemm, ProductSpace space, boolean fused) {
  /** The forms of a product; but one if it has no scales. */
  static List<Form> of(Captured<Product> gemm) {
    Form own = new Form(gemm, new ProductSpace(gemm), false);
    Product product = gemm.operation();
    if (product.scales().isEmpty()) {
      return List.of(own);
    }
    Captured<Product> plain = new Captured<>(narrowed(product.dequantised(DType.F32)), gemm.y());
    boolean fused = product.scales().isPowersOfTwo() && !product.scales().isByBlock();
    return List.of(own, new Form(plain, new ProductSpace(plain), fused));
  }

  /** A product whose sums are multiplied by a factor that is not known. */
  static Form scaled(Captured<Product> gemm, SumScaling scaling) {
    return new Form(gemm, new ProductSpace(gemm, scaling), false);
  }

  /** In 16 bits, if one format of them holds both operands. */
  private static Product narrowed(Product product) {
    Tensor x = Widened.narrowed(product.x());
    Tensor w = Widened.narrowed(product.w());
    return x.dtype() == w.dtype() ? new Product(x, w, product.c(), product.bias()) : product;
  }

  List<Core> cores() {
    return fused
        ? space.cores().stream().filter(core -> isFused(core.inner())).toList()
        : space.cores();
  }

  List<Core> lanes() {
    return fused ? List.of() : space.lanes();
  }

  private static boolean isFused(Inner inner) {
    return inner instanceof Inner.Fda || inner instanceof Inner.Bf16Dp;
  }
}
