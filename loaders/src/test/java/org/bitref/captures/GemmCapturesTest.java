package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole products of cuBLAS and TensorRT on an H100: a fixed recipe each, every sampled output. */
final class GemmCapturesTest {
  @ParameterizedTest
  @MethodSource("org.bitref.captures.Products#cublas")
  void cublas(List<String> line) {
    check(Products.run("cublas-h100", line));
  }

  @ParameterizedTest
  @MethodSource("org.bitref.captures.Products#tensorrt")
  void tensorrt(List<String> line) {
    check(Products.run("tensorrt-gemm-h100", line));
  }

  private static void check(Reproduced product) {
    assertEquals(product.total(), product.equal(), product::line);
  }
}
