package org.bitref.loaders.npy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** A tensor as the bytes of an npy file, block by block. */
public final class NpyEncoder {
  /** Elements of a block. */
  private static final int BLOCK = 1 << 14;

  private NpyEncoder() {}

  /** Bytes of the whole npy file. */
  static long size(DType dtype, Shape shape) {
    long element = Descr.widened(dtype) ? Float.BYTES : dtype.bytes();
    return header(dtype, shape).length + Math.multiplyExact(shape.elements(), element);
  }

  /** The whole npy file as a stream; a block of it is in memory. */
  @SuppressWarnings("JdkObsolete") // SequenceInputStream takes nothing but an Enumeration.
  public static InputStream stream(Tensor tensor) {
    Stream<byte[]> blocks =
        LongStream.range(0, Math.ceilDiv(tensor.elements(), BLOCK))
            .mapToObj(i -> block(tensor, i * BLOCK));
    Iterator<byte[]> parts =
        Stream.concat(Stream.of(header(tensor.dtype(), tensor.shape())), blocks).iterator();
    return new SequenceInputStream(
        new Enumeration<InputStream>() {
          @Override
          public boolean hasMoreElements() {
            return parts.hasNext();
          }

          @Override
          public InputStream nextElement() {
            return new ByteArrayInputStream(parts.next());
          }
        });
  }

  private static byte[] block(Tensor tensor, long from) {
    int n = (int) Math.min(BLOCK, tensor.elements() - from);
    if (!Descr.widened(tensor.dtype())) {
      int size = tensor.dtype().bytes();
      return tensor.data().asSlice(from * size, (long) n * size).toArray(ValueLayout.JAVA_BYTE);
    }
    float[] values = new float[n];
    tensor.read(from, values, 0, n);
    ByteBuffer block = ByteBuffer.allocate(n * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    block.asFloatBuffer().put(values);
    return block.array();
  }

  private static byte[] header(DType dtype, Shape shape) {
    String dims =
        LongStream.of(shape.dims()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String dict =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(Descr.of(dtype), shape.rank() == 1 ? dims + "," : dims);
    // The line feed ends a header whose length is a multiple of 64, so that the data is aligned.
    int length = (10 + dict.length() + 1 + 63) / 64 * 64;
    String padded = dict + " ".repeat(length - 10 - dict.length() - 1) + "\n";
    return ByteBuffer.allocate(length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) (length - 10))
        .put(padded.getBytes(StandardCharsets.US_ASCII))
        .array();
  }
}
