package org.bitref.loaders;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Tensors to write and read back. */
public final class Samples {
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(),
          Shape.of(3),
          Shape.of(0),
          Shape.of(2, 3),
          Shape.of(3, 0, 2),
          Shape.of(2, 1, 3),
          Shape.of(2, 2, 1, 3),
          Shape.of(1, 2, 3, 1, 2));

  private Samples() {}

  /** Every type in every rank from 0 to 5, some without elements; any bits but for booleans. */
  public static List<TensorEntry> all() {
    Random random = new Random(1);
    List<TensorEntry> entries = new ArrayList<>();
    for (DType dtype : DType.values()) {
      for (Shape shape : SHAPES) {
        String name = dtype + "." + shape.rank() + "." + shape.elements();
        entries.add(TensorEntry.of(name, tensor(dtype, shape, random)));
      }
    }
    return entries;
  }

  /** A tensor of random bits. */
  public static Tensor tensor(DType dtype, Shape shape, Random random) {
    byte[] bytes = new byte[Math.toIntExact(shape.elements() * dtype.bytes())];
    random.nextBytes(bytes);
    if (dtype == DType.BOOL) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= 1;
      }
    }
    return new Tensor(dtype, shape, MemorySegment.ofArray(bytes));
  }

  /** True if type, shape and all bits agree. */
  public static boolean same(Tensor a, Tensor b) {
    return a.dtype() == b.dtype() && a.shape().equals(b.shape()) && a.data().mismatch(b.data()) < 0;
  }
}
