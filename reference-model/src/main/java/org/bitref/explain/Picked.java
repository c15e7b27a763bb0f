package org.bitref.explain;

import java.lang.foreign.MemorySegment;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Some of what lies along an axis of a tensor. */
final class Picked {
  private Picked() {}

  /**
   * A copy that holds these indexes of an axis, in this order, bit for bit.
   *
   * @throws IndexOutOfBoundsException if the axis is shorter
   */
  static Tensor of(Tensor tensor, int axis, int[] at) {
    Shape shape = shape(tensor.shape(), axis, at.length);
    long block = tensor.dtype().bytes();
    for (int i = axis + 1; i < shape.rank(); i++) {
      block = Math.multiplyExact(block, shape.dim(i));
    }
    long before = tensor.shape().dim(axis) * block;
    long outer = before == 0 ? 0 : tensor.data().byteSize() / before;
    long bytes = Math.multiplyExact(shape.elements(), tensor.dtype().bytes());
    // A long[] reaches 16 GiB where a byte[] ends at 2.
    MemorySegment picked =
        MemorySegment.ofArray(new long[Math.toIntExact((bytes + 7) / 8)]).asSlice(0, bytes);
    for (long i = 0; i < outer; i++) {
      for (int j = 0; j < at.length; j++) {
        MemorySegment.copy(
            tensor.data(), i * before + at[j] * block, picked, (i * at.length + j) * block, block);
      }
    }
    return new Tensor(tensor.dtype(), shape, picked);
  }

  /** The shape with another length of an axis. */
  static Shape shape(Shape shape, int axis, int length) {
    long[] dims = shape.dims();
    dims[axis] = length;
    return Shape.of(dims);
  }
}
