package org.bitref.loaders.npy;

import java.lang.foreign.MemorySegment;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;

/**
 * One npy member of a zip archive.
 *
 * @param packed the member's bytes in the archive
 * @param offset where they start in the archive
 * @param size bytes once unpacked
 * @param crc checksum of those; read only for deflated members
 */
record NpzMember(
    String where,
    String archive,
    MemorySegment packed,
    long offset,
    boolean deflated,
    long size,
    long crc,
    NpyHeader header) {

  static NpzMember of(MappedFile file, ZipArchiveEntry entry) {
    String where = file.name() + ": member " + Text.quote(entry.getName());
    MemorySegment packed = packed(where, file, entry);
    boolean deflated = deflated(where, entry);
    long size = entry.getSize();
    if (!deflated && size != packed.byteSize()) {
      throw bad(where, "is stored, but unpacked it should have " + size + " bytes");
    }
    // Deflate makes at most 1032 bytes of one, so a directory that promises more lies.
    if (deflated && size / 1032 > packed.byteSize()) {
      throw bad(where, packed.byteSize() + " packed bytes cannot make " + size);
    }
    MemorySegment head =
        deflated ? Deflated.prefix(where, packed, (int) Math.min(size, NpyHeader.LONGEST)) : packed;
    NpyHeader header = NpyHeader.read(where, head, size);
    return new NpzMember(
        where, file.name(), packed, entry.getDataOffset(), deflated, size, entry.getCrc(), header);
  }

  private static MemorySegment packed(String where, MappedFile file, ZipArchiveEntry entry) {
    long offset = entry.getDataOffset();
    long length = entry.getCompressedSize();
    if (offset < 0 || length < 0 || entry.getSize() < 0 || offset > file.size() - length) {
      throw bad(
          where,
          "its %d bytes at byte %d do not fit the file of %d bytes"
              .formatted(length, offset, file.size()));
    }
    return file.bytes(offset, length);
  }

  private static boolean deflated(String where, ZipArchiveEntry entry) {
    if (entry.getGeneralPurposeBit().usesEncryption()) {
      throw new BadInputException(where, "is encrypted", "Save the arrays with numpy.savez.");
    }
    return switch (entry.getMethod()) {
      case ZipEntry.STORED -> false;
      case ZipEntry.DEFLATED -> true;
      default ->
          throw new BadInputException(
              where,
              "is packed by zip method " + entry.getMethod() + "; stored and deflated are read",
              "Save the arrays with numpy.savez.");
    };
  }

  TensorInfo info(String name) {
    long dataOffset = deflated ? -1 : offset + header.start();
    return new TensorInfo(name, header.dtype(), header.shape(), archive, dataOffset);
  }

  Tensor read() {
    return NpyData.tensor(
        where, header, deflated ? Deflated.all(where, packed, size, crc) : packed);
  }

  private static BadInputException bad(String where, String problem) {
    return new BadInputException(where, problem, NpyHeader.DAMAGED);
  }
}
