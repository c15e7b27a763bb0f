package org.bitref.loaders.map;

import java.util.List;
import java.util.stream.IntStream;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;

/** What a rule does to a tensor, one after the other. */
sealed interface Step extends Operation {

  /** The tensor afterwards. */
  Sheet apply(Sheet sheet);

  /** Axis k of the result is axis {@code axes[k]} of the tensor. */
  record Transpose(List<Integer> axes) implements Step {
    @Override
    public Sheet apply(Sheet sheet) {
      int rank = sheet.dims().length;
      List<Integer> sorted = axes.stream().sorted().toList();
      if (!sorted.equals(IntStream.range(0, rank).boxed().toList())) {
        throw sheet.bad("cannot be transposed by " + axes);
      }
      long[] dims = axes.stream().mapToLong(axis -> sheet.dims()[axis]).toArray();
      long[] strides = axes.stream().mapToLong(axis -> sheet.strides()[axis]).toArray();
      return sheet.seenAs(sheet.offset(), dims, strides);
    }
  }

  /** Other axes over as many elements: 0 keeps the axis at its place, one -1 takes what is left. */
  record Reshape(List<Long> lengths) implements Step {
    @Override
    public Sheet apply(Sheet sheet) {
      long[] from = sheet.dims();
      long[] dims = new long[lengths.size()];
      int open = -1;
      for (int i = 0; i < dims.length; i++) {
        dims[i] = lengths.get(i) != 0 || i >= from.length ? lengths.get(i) : from[i];
        if (dims[i] == -1 && open < 0) {
          open = i;
          dims[i] = 1;
        }
      }
      long elements = sheet.shape().elements();
      try {
        long product = Shape.of(dims).elements();
        if (open >= 0) {
          dims[open] = product == 0 ? 0 : elements / product;
        }
        Shape shape = Shape.of(dims);
        if (shape.elements() == elements) {
          return sheet.reshaped(shape);
        }
      } catch (IllegalArgumentException | ArithmeticException _) {
        // Falls through to the one complaint for all such lengths.
      }
      throw sheet.bad("cannot be reshaped to " + lengths);
    }
  }

  /** Takes away an axis of length 1. */
  record Squeeze(int axis) implements Step {
    @Override
    public Sheet apply(Sheet sheet) {
      int gone = sheet.axis(axis);
      if (sheet.dims()[gone] != 1) {
        throw sheet.bad("is not of length 1 along axis " + axis);
      }
      return sheet.seenAs(
          sheet.offset(), without(sheet.dims(), gone), without(sheet.strides(), gone));
    }

    private static long[] without(long[] values, int gone) {
      return IntStream.range(0, values.length)
          .filter(i -> i != gone)
          .mapToLong(i -> values[i])
          .toArray();
    }
  }

  /** Puts in an axis of length 1, which gets this number. */
  record Unsqueeze(int axis) implements Step {
    @Override
    public Sheet apply(Sheet sheet) {
      int rank = sheet.dims().length;
      if (axis < 0 || axis > rank) {
        throw sheet.bad("cannot get an axis " + axis);
      }
      return sheet.seenAs(sheet.offset(), with(sheet.dims(), 1), with(sheet.strides(), 0));
    }

    private long[] with(long[] values, long added) {
      return IntStream.rangeClosed(0, values.length)
          .mapToLong(i -> i == axis ? added : values[i < axis ? i : i - 1])
          .toArray();
    }
  }

  /**
   * Indexes {@code from} to {@code to - 1} along an axis; a negative {@code from} counts from the
   * end.
   *
   * @param to {@link #END} for the axis's length
   */
  record Crop(int axis, long from, long to) implements Step {
    static final long END = Long.MAX_VALUE;

    @Override
    public Sheet apply(Sheet sheet) {
      int cropped = sheet.axis(axis);
      long[] dims = sheet.dims();
      long first = from < 0 ? from + dims[cropped] : from;
      long end = to == END ? dims[cropped] : to;
      if (first < 0 || first > end || end > dims[cropped]) {
        throw sheet.bad("has no indexes %d to %d along axis %d".formatted(first, end, axis));
      }
      dims[cropped] = end - first;
      long offset = sheet.offset() + first * sheet.strides()[cropped];
      return sheet.seenAs(offset, dims, sheet.strides());
    }
  }

  /** Rounds to nearest even into a float type. */
  record Cast(DType dtype) implements Step {
    @Override
    public Sheet apply(Sheet sheet) {
      return sheet.cast(dtype);
    }
  }
}
