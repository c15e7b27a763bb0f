package org.bitref.loaders.zip;

import java.lang.foreign.MemorySegment;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;

/**
 * One member of a zip archive.
 *
 * @param where what messages call it
 * @param packed the member's bytes in the archive
 * @param offset where they start in the archive
 * @param size bytes once unpacked
 * @param crc checksum of those; read only for deflated members
 */
public record ZipMember(
    String where, MemorySegment packed, long offset, boolean deflated, long size, long crc) {

  static ZipMember of(MappedFile file, ZipArchiveEntry entry) {
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
    return new ZipMember(where, packed, entry.getDataOffset(), deflated, size, entry.getCrc());
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
      throw new BadInputException(where, "is encrypted", "Save the file again unencrypted.");
    }
    return switch (entry.getMethod()) {
      case ZipEntry.STORED -> false;
      case ZipEntry.DEFLATED -> true;
      default ->
          throw new BadInputException(
              where,
              "is packed by zip method " + entry.getMethod() + "; stored and deflated are read",
              "Save the file again with the program that made it first.");
    };
  }

  /** The first unpacked bytes, at most {@code limit}; a stored member is mapped whole. */
  public MemorySegment head(long limit) {
    return deflated ? Deflated.prefix(where, packed, (int) Math.min(size, limit)) : packed;
  }

  /**
   * All unpacked bytes: a view of a stored member, a deflated one inflated and its checksum
   * compared.
   *
   * @throws BadInputException if deflated data is broken
   */
  public MemorySegment bytes() {
    return deflated ? Deflated.all(where, packed, size, crc) : packed;
  }

  private static BadInputException bad(String where, String problem) {
    return new BadInputException(where, problem, ZipArchive.DAMAGED);
  }
}
