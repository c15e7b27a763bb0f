package org.bitref.loaders.npy;

import java.lang.foreign.MemorySegment;
import org.bitref.loaders.file.Strided;
import org.bitref.tensor.Tensor;

/** The numbers behind an npy header. */
public final class NpyData {
  private NpyData() {}

  /** A view of row-major data; column-major data is transposed into memory. */
  public static Tensor tensor(String where, NpyHeader header, MemorySegment file) {
    MemorySegment data = file.asSlice(header.start());
    if (header.fortran()) {
      return Strided.columnMajor(header.shape()).of(where, header.dtype(), data);
    }
    return new Tensor(header.dtype(), header.shape(), data);
  }
}
