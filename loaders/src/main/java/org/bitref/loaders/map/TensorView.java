package org.bitref.loaders.map;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Strided;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;

/**
 * A tensor on its way through the steps of a rule. Data moves only where it must; a view made from
 * an info has none, and tells what type and shape would come out.
 *
 * @param where what messages call the tensor
 */
record TensorView(String where, DType dtype, Strided elements, Optional<MemorySegment> memory) {
  /** The end of a crop that takes the rest of an axis, whatever its length. */
  static final long END = Long.MAX_VALUE;

  /** Type and shape alone. */
  static TensorView of(String where, TensorInfo info) {
    return new TensorView(where, info.dtype(), Strided.rowMajor(info.shape()), Optional.empty());
  }

  /** A tensor with its data. */
  static TensorView of(String where, Tensor tensor) {
    return new TensorView(
        where, tensor.dtype(), Strided.rowMajor(tensor.shape()), Optional.of(tensor.data()));
  }

  Shape shape() {
    return elements.shape();
  }

  /** The result; the view must have data. */
  Tensor tensor() {
    return elements.of(where, dtype, memory.orElseThrow());
  }

  /** Axis k of the result is axis {@code axes[k]} of the tensor. */
  TensorView transposed(List<Integer> axes) {
    List<Integer> sorted = axes.stream().sorted().toList();
    if (!sorted.equals(IntStream.range(0, elements.dims().length).boxed().toList())) {
      throw bad("cannot be transposed by " + axes);
    }
    long[] dims = axes.stream().mapToLong(axis -> elements.dims()[axis]).toArray();
    long[] strides = axes.stream().mapToLong(axis -> elements.strides()[axis]).toArray();
    return seenAs(elements.offset(), dims, strides);
  }

  /** Other axes over as many elements: 0 keeps the axis at its place, one -1 takes what is left. */
  TensorView reshaped(List<Integer> lengths) {
    long[] from = elements.dims();
    long[] dims = new long[lengths.size()];
    int open = -1;
    for (int i = 0; i < dims.length; i++) {
      dims[i] = lengths.get(i) != 0 || i >= from.length ? lengths.get(i) : from[i];
      if (dims[i] == -1 && open < 0) {
        open = i;
        dims[i] = 1;
      }
    }
    long count = shape().elements();
    try {
      long product = Shape.of(dims).elements();
      if (open >= 0) {
        dims[open] = product == 0 ? 0 : count / product;
      }
      Shape shape = Shape.of(dims);
      if (shape.elements() == count) {
        return memory.isPresent()
            ? of(where, tensor().reshape(shape))
            : new TensorView(where, dtype, Strided.rowMajor(shape), memory);
      }
    } catch (IllegalArgumentException | ArithmeticException _) {
      // Falls through to the one complaint for all such lengths.
    }
    throw bad("cannot be reshaped to " + lengths);
  }

  /** Takes away an axis of length 1. */
  TensorView squeezed(int axis) {
    int gone = axis(axis);
    if (elements.dims()[gone] != 1) {
      throw bad("is not of length 1 along axis " + axis);
    }
    return seenAs(
        elements.offset(), without(elements.dims(), gone), without(elements.strides(), gone));
  }

  private static long[] without(long[] values, int gone) {
    return IntStream.range(0, values.length)
        .filter(i -> i != gone)
        .mapToLong(i -> values[i])
        .toArray();
  }

  /** Puts in an axis of length 1, which gets this number. */
  TensorView unsqueezed(int axis) {
    if (axis < 0 || axis > elements.dims().length) {
      throw bad("cannot get an axis " + axis);
    }
    return seenAs(
        elements.offset(), with(elements.dims(), axis, 1), with(elements.strides(), axis, 0));
  }

  private static long[] with(long[] values, int axis, long added) {
    return IntStream.rangeClosed(0, values.length)
        .mapToLong(i -> i == axis ? added : values[i < axis ? i : i - 1])
        .toArray();
  }

  /**
   * Indexes {@code from} to {@code to - 1} along an axis; a negative {@code from} counts from the
   * end.
   *
   * @param to {@link #END} for the axis's length
   */
  TensorView cropped(int axis, long from, long to) {
    int cropped = axis(axis);
    long[] dims = elements.dims().clone();
    long first = from < 0 ? from + dims[cropped] : from;
    long end = to == END ? dims[cropped] : to;
    if (first < 0 || first > end || end > dims[cropped]) {
      throw bad("has no indexes %s to %s along axis %s".formatted(first, end, axis));
    }
    dims[cropped] = end - first;
    long offset = elements.offset() + first * elements.strides()[cropped];
    return seenAs(offset, dims, elements.strides());
  }

  /** Every element rounded to nearest even into a float type. */
  TensorView cast(DType target) {
    return memory.isPresent()
        ? of(where, tensor().cast(target))
        : new TensorView(where, target, Strided.rowMajor(shape()), memory);
  }

  private TensorView seenAs(long offset, long[] dims, long[] strides) {
    return new TensorView(where, dtype, new Strided(offset, dims, strides), memory);
  }

  /** Length of the axis of this number; a negative number counts from the end. */
  long length(int number) {
    return elements.dims()[axis(number)];
  }

  private int axis(int number) {
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
