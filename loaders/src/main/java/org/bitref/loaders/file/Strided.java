package org.bitref.loaders.file;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Some elements of a block of memory in some order: how column-major arrays, views, transposes and
 * crops become row-major tensors.
 *
 * @param offset the first element, counted in elements from the start of the memory
 * @param dims lengths of the axes, outermost first
 * @param strides elements from one index of an axis to the next; none is negative
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Strided(long offset, long[] dims, long[] strides) {

  /** All elements of a row-major tensor of this shape. */
  public static Strided rowMajor(Shape shape) {
    long[] dims = shape.dims();
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= dims[axis];
    }
    return new Strided(0, dims, strides);
  }

  /** All elements of a column-major tensor of this shape. */
  public static Strided columnMajor(Shape shape) {
    long[] dims = shape.dims();
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int axis = 0; axis < dims.length; axis++) {
      strides[axis] = stride;
      stride *= dims[axis];
    }
    return new Strided(0, dims, strides);
  }

  /** The shape of the result. */
  public Shape shape() {
    return Shape.of(dims);
  }

  /** True if the elements already lie in row-major order without gaps. */
  public boolean contiguous() {
    long expected = 1;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      if (dims[axis] != 1 && strides[axis] != expected) {
        return shape().elements() == 0;
      }
      expected *= dims[axis];
    }
    return true;
  }

  /**
   * The elements as a tensor: a view where they are contiguous, else a copy on the heap.
   *
   * @param where what messages call the tensor
   * @param memory holds every element that is named
   */
  public Tensor of(String where, DType dtype, MemorySegment memory) {
    Shape shape = shape();
    long bytes = shape.elements() * dtype.bytes();
    if (bytes == 0) {
      return new Tensor(dtype, shape, MemorySegment.ofArray(new byte[0]));
    }
    if (contiguous()) {
      return new Tensor(dtype, shape, memory.asSlice(offset * dtype.bytes(), bytes));
    }
    MemorySegment rows = HeapMemory.allocate(where, bytes);
    gather(memory, rows, dtype.bytes());
    return new Tensor(dtype, shape, rows);
  }

  private void gather(MemorySegment from, MemorySegment to, int size) {
    int last = dims.length - 1;
    long[] index = new long[dims.length];
    long rowBytes = dims[last] * size;
    for (long row = 0; row < to.byteSize(); row += rowBytes) {
      long base = offset;
      for (int axis = 0; axis < last; axis++) {
        base += index[axis] * strides[axis];
      }
      if (strides[last] == 1) {
        MemorySegment.copy(from, base * size, to, row, rowBytes);
      } else {
        for (long i = 0; i < dims[last]; i++) {
          copyElement(from, (base + i * strides[last]) * size, to, row + i * size, size);
        }
      }
      for (int axis = last - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--) {
        index[axis] = 0;
      }
    }
  }

  private static void copyElement(MemorySegment from, long at, MemorySegment to, long i, int size) {
    for (int b = 0; b < size; b++) {
      to.set(JAVA_BYTE, i + b, from.get(JAVA_BYTE, at + b));
    }
  }
}
