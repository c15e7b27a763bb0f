package org.bitref.loaders.map;

import java.lang.foreign.MemorySegment;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Strided;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;

/**
 * A tensor on its way through the steps of a rule. Data moves only where it must; a sheet made from
 * an info has none, and tells what type and shape would come out.
 */
final class Sheet {
  private final String where;
  private final DType dtype;
  private final Strided elements;

  /** Null for a sheet without data. */
  private final MemorySegment memory;

  private Sheet(String where, DType dtype, Strided elements, MemorySegment memory) {
    this.where = where;
    this.dtype = dtype;
    this.elements = elements;
    this.memory = memory;
  }

  /** Type and shape alone. */
  static Sheet of(String where, TensorInfo info) {
    return new Sheet(where, info.dtype(), Strided.rowMajor(info.shape()), null);
  }

  /** A tensor with its data. */
  static Sheet of(String where, Tensor tensor) {
    return new Sheet(where, tensor.dtype(), Strided.rowMajor(tensor.shape()), tensor.data());
  }

  DType dtype() {
    return dtype;
  }

  Shape shape() {
    return elements.shape();
  }

  long[] dims() {
    return elements.dims().clone();
  }

  long[] strides() {
    return elements.strides().clone();
  }

  long offset() {
    return elements.offset();
  }

  /** The same data seen otherwise. */
  Sheet seenAs(long offset, long[] dims, long[] strides) {
    return new Sheet(where, dtype, new Strided(offset, dims, strides), memory);
  }

  /** The same values under another shape of as many elements. */
  Sheet reshaped(Shape shape) {
    if (memory == null) {
      return new Sheet(where, dtype, Strided.rowMajor(shape), null);
    }
    return of(where, tensor().reshape(shape));
  }

  /** Every element rounded to nearest even into a float type. */
  Sheet cast(DType target) {
    if (memory == null) {
      return new Sheet(where, target, Strided.rowMajor(shape()), null);
    }
    return of(where, tensor().cast(target));
  }

  /** The result. */
  Tensor tensor() {
    return elements.of(where, dtype, memory);
  }

  /** The axis of this number; a negative one counts from the end. */
  int axis(int number) {
    int rank = elements.dims().length;
    if (number < -rank || number >= rank) {
      throw bad("has no axis " + number);
    }
    return number < 0 ? number + rank : number;
  }

  /** A complaint about this tensor, to be thrown. */
  BadInputException bad(String problem) {
    return new BadInputException(
        where,
        "%s %s %s".formatted(dtype, shape(), problem),
        "Correct the rule of the map, or map a dump of the layout that it was written for.");
  }
}
