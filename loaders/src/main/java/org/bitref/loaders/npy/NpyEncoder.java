package org.bitref.loaders.npy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.bitref.loaders.file.SegmentInput;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** A tensor as the bytes of an npy file, block by block. */
public final class NpyEncoder {
  private static final int BLOCK = 1 << 16;
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Takes the first {@code n} bytes of an array that is used again afterwards. */
  @FunctionalInterface
  interface Blocks {
    void write(byte[] bytes, int n) throws IOException;
  }

  private NpyEncoder() {}

  /** Bytes of the whole npy file. */
  static long size(DType dtype, Shape shape) {
    long element = widened(dtype) ? Float.BYTES : dtype.bytes();
    return header(dtype, shape).length + Math.multiplyExact(shape.elements(), element);
  }

  /** Hands the whole npy file to {@code blocks}. */
  static void encode(Tensor tensor, Blocks blocks) throws IOException {
    byte[] header = header(tensor.dtype(), tensor.shape());
    blocks.write(header, header.length);
    if (widened(tensor.dtype())) {
      encodeAsFloats(tensor, blocks);
      return;
    }
    byte[] block = new byte[BLOCK];
    for (long from = 0; from < tensor.data().byteSize(); from += BLOCK) {
      int n = (int) Math.min(BLOCK, tensor.data().byteSize() - from);
      MemorySegment.copy(tensor.data(), from, MemorySegment.ofArray(block), 0, n);
      blocks.write(block, n);
    }
  }

  /** The whole npy file as a stream. */
  public static InputStream stream(Tensor tensor) {
    byte[] header = header(tensor.dtype(), tensor.shape());
    Tensor data = widened(tensor.dtype()) ? tensor.cast(DType.F32) : tensor;
    return new SequenceInputStream(new ByteArrayInputStream(header), new SegmentInput(data.data()));
  }

  private static void encodeAsFloats(Tensor tensor, Blocks blocks) throws IOException {
    float[] values = new float[BLOCK / Float.BYTES];
    byte[] block = new byte[BLOCK];
    for (long from = 0; from < tensor.elements(); from += values.length) {
      int n = (int) Math.min(values.length, tensor.elements() - from);
      tensor.read(from, values, 0, n);
      MemorySegment.copy(values, 0, MemorySegment.ofArray(block), F32, 0, n);
      blocks.write(block, n * Float.BYTES);
    }
  }

  private static boolean widened(DType dtype) {
    return dtype == DType.BF16 || dtype == DType.F8_E4M3 || dtype == DType.F8_E5M2;
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
