package org.bitref.loaders.torch;

import java.lang.foreign.MemorySegment;
import org.bitref.BadInputException;
import org.bitref.loaders.file.HeapMemory;
import org.bitref.loaders.torch.PyValue.View;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Views of a storage, brought into row-major order. */
final class Strided {
  /** A storage may be repeated this often by strides of 0, beyond a first 64 MiB. */
  private static final long MOST_REPEATED = 64;

  private static final long ALWAYS_ALLOWED = 64 << 20;

  private Strided() {}

  /** True if the view's elements lie in row-major order without gaps. */
  static boolean contiguous(View view) {
    long expected = 1;
    for (int axis = view.sizes().length - 1; axis >= 0; axis--) {
      if (view.sizes()[axis] != 1 && view.strides()[axis] != expected) {
        return Shape.of(view.sizes()).elements() == 0;
      }
      expected *= view.sizes()[axis];
    }
    return true;
  }

  /** A view of the storage where possible, else a copy. */
  static Tensor tensor(String where, View view, MemorySegment storage) {
    Shape shape = Shape.of(view.sizes());
    int size = view.dtype().bytes();
    long bytes = shape.elements() * size;
    if (contiguous(view)) {
      long from = bytes == 0 ? 0 : view.offset() * size;
      return new Tensor(view.dtype(), shape, storage.asSlice(from, bytes));
    }
    if (shape.elements() > (ALWAYS_ALLOWED + MOST_REPEATED * storage.byteSize()) / size) {
      throw new BadInputException(
          where,
          "%s repeats a storage of only %d bytes".formatted(shape, storage.byteSize()),
          "Save tensor.contiguous(), or the tensor before it was expanded.");
    }
    MemorySegment rows = HeapMemory.allocate(where, bytes);
    gather(view, storage, rows);
    return new Tensor(view.dtype(), shape, rows);
  }

  private static void gather(View view, MemorySegment from, MemorySegment to) {
    int size = view.dtype().bytes();
    int last = view.sizes().length - 1;
    long[] index = new long[view.sizes().length];
    long rowBytes = view.sizes()[last] * size;
    for (long row = 0; row < to.byteSize(); row += rowBytes) {
      long base = view.offset();
      for (int axis = 0; axis < last; axis++) {
        base += index[axis] * view.strides()[axis];
      }
      if (view.strides()[last] == 1) {
        MemorySegment.copy(from, base * size, to, row, rowBytes);
      } else {
        for (long i = 0; i < view.sizes()[last]; i++) {
          long element = base + i * view.strides()[last];
          MemorySegment.copy(from, element * size, to, row + i * size, size);
        }
      }
      for (int axis = last - 1; axis >= 0 && ++index[axis] == view.sizes()[axis]; axis--) {
        index[axis] = 0;
      }
    }
  }
}
