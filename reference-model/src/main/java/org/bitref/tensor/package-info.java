/**
 * Blocks of numbers: a {@link org.bitref.tensor.Tensor} is a type, a shape and a memory segment,
 * row-major, little-endian and immutable. A {@link org.bitref.tensor.TensorSource} has tensors by
 * name.
 */
package org.bitref.tensor;
