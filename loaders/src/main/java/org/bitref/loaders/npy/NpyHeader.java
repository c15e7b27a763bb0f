package org.bitref.loaders.npy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.file.Place;
import org.bitref.loaders.file.Strided;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * The start of an npy file: 6 bytes of magic, 2 of version, 2 (version 1) or 4 (versions 2 and 3)
 * of length, then a Python dict with descr, fortran_order and shape.
 *
 * @param fortran true if the data is column-major
 * @param start bytes before the data
 */
public record NpyHeader(DType dtype, Shape shape, boolean fortran, long start) {
  /** No header is longer: numpy itself refuses 10,000 characters unless told otherwise. */
  public static final long LONGEST = 1 << 16;

  private static final String DAMAGED = "The file is damaged or truncated: copy or write it again.";
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Reads a header and compares it with the size of the whole.
   *
   * @param where what messages call the file or member
   * @param head the file, or at least its first {@link #LONGEST} bytes if it has that many
   * @param size bytes of the whole file
   */
  public static NpyHeader read(String where, MemorySegment head, long size) {
    Place file = new Place(where, DAMAGED);
    if (size < 10 || head.asSlice(0, 6).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
      throw file.bad("does not start with the npy magic");
    }
    int version = head.get(ValueLayout.JAVA_BYTE, 6);
    if (version < 1 || version > 3) {
      throw file.remedy("Save the array with numpy.save, which writes versions 1 to 3.")
          .bad("byte 6: npy version %d is unknown", version & 0xFF);
    }
    int prefix = version == 1 ? 10 : 12;
    if (size < prefix) {
      throw file.bad("ends inside the npy header");
    }
    long length = version == 1 ? head.get(U16, 8) & 0xFFFFL : head.get(U32, 8) & 0xFFFF_FFFFL;
    long start = prefix + length;
    if (start > size) {
      throw file.bad(
          "byte 8: the npy header of %d bytes is longer than the file of %d", length, size);
    }
    if (start > LONGEST) {
      throw file.remedy("Save the array again without a structured dtype.")
          .bad("byte 8: the npy header of %d bytes exceeds the limit of %d", length, LONGEST);
    }
    // Characters above 127 occur only in field names of structured types, which are refused anyway.
    byte[] text = head.asSlice(prefix, length).toArray(ValueLayout.JAVA_BYTE);
    NpyDict dict = NpyDict.parse(file, new String(text, StandardCharsets.ISO_8859_1));
    return checked(file, dict, start, size);
  }

  private static NpyHeader checked(Place file, NpyDict dict, long start, long size) {
    DType dtype = Descr.dtype(file.where(), dict.descr());
    Shape shape =
        Lengths.shape(dict.shape(), dtype)
            .orElseThrow(() -> file.bad("its shape needs more than 2^63-1 bytes"));
    long bytes = shape.elements() * dtype.bytes();
    if (bytes != size - start) {
      String remedy = bytes > size - start ? DAMAGED : "Save one array per file.";
      throw file.remedy(remedy)
          .bad(
              "%s %s needs %d bytes of data, but %d follow the header",
              dtype, shape, bytes, size - start);
    }
    return new NpyHeader(dtype, shape, dict.fortranOrder(), start);
  }

  /** The array behind the header: a view if it is row-major, else transposed into memory. */
  public Tensor tensor(String where, MemorySegment file) {
    MemorySegment data = file.asSlice(start);
    return fortran
        ? Strided.columnMajor(shape).of(where, dtype, data)
        : new Tensor(dtype, shape, data);
  }
}
