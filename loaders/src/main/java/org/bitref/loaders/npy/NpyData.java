package org.bitref.loaders.npy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.bitref.loaders.file.HeapMemory;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** The numbers behind an npy header. */
public final class NpyData {
  private NpyData() {}

  /** A view of row-major data; column-major data is transposed into memory. */
  public static Tensor tensor(String where, NpyHeader header, MemorySegment file) {
    MemorySegment data = file.asSlice(header.start());
    if (header.fortran() && header.shape().rank() > 1) {
      MemorySegment rowMajor = HeapMemory.allocate(where, data.byteSize());
      transpose(data, rowMajor, header.shape(), header.dtype().bytes());
      data = rowMajor;
    }
    return new Tensor(header.dtype(), header.shape(), data);
  }

  private static void transpose(MemorySegment from, MemorySegment to, Shape shape, int size) {
    if (shape.elements() == 0) {
      return;
    }
    long[] dims = shape.dims();
    int last = dims.length - 1;
    long[] strides = new long[dims.length];
    strides[0] = size;
    for (int axis = 1; axis <= last; axis++) {
      strides[axis] = strides[axis - 1] * dims[axis - 1];
    }
    long[] index = new long[dims.length];
    for (long row = 0; row < to.byteSize(); row += dims[last] * size) {
      long base = 0;
      for (int axis = 0; axis < last; axis++) {
        base += index[axis] * strides[axis];
      }
      for (long i = 0; i < dims[last]; i++) {
        copyElement(from, base + i * strides[last], to, row + i * size, size);
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
