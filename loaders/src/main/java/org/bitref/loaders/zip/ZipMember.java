package org.bitref.loaders.zip;

import java.lang.foreign.MemorySegment;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Place;

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
    Place member =
        new Place(file.name() + ": member " + Text.quote(entry.getName()), ZipArchive.DAMAGED);
    long offset = entry.getDataOffset();
    long length = entry.getCompressedSize();
    long size = entry.getSize();
    if (offset < 0 || length < 0 || size < 0 || offset > file.size() - length) {
      throw member.bad(
          "its %d bytes at byte %d do not fit the file of %d bytes", length, offset, file.size());
    }
    boolean deflated = deflated(member, entry);
    if (!deflated && size != length) {
      throw member.bad("is stored, but unpacked it should have %d bytes", size);
    }
    // Deflate makes at most 1032 bytes of one, so a directory that promises more lies.
    if (deflated && size / 1032 > length) {
      throw member.bad("%d packed bytes cannot make %d", length, size);
    }
    return new ZipMember(
        member.where(), file.bytes(offset, length), offset, deflated, size, entry.getCrc());
  }

  private static boolean deflated(Place member, ZipArchiveEntry entry) {
    if (entry.getGeneralPurposeBit().usesEncryption()) {
      throw member.remedy("Save the file again unencrypted.").bad("is encrypted");
    }
    return switch (entry.getMethod()) {
      case ZipEntry.STORED -> false;
      case ZipEntry.DEFLATED -> true;
      default ->
          throw member
              .remedy("Save the file again with the program that made it first.")
              .bad("is packed by zip method %d; stored and deflated are read", entry.getMethod());
    };
  }

  /** The first unpacked bytes, at most {@code limit}; a stored member is mapped whole. */
  public MemorySegment head(long limit) {
    return deflated ? Deflated.prefix(place(), packed, (int) Math.min(size, limit)) : packed;
  }

  /**
   * All unpacked bytes: a view of a stored member, a deflated one inflated and its checksum
   * compared.
   *
   * @throws BadInputException if deflated data is broken
   */
  public MemorySegment bytes() {
    return deflated ? Deflated.all(place(), packed, size, crc) : packed;
  }

  private Place place() {
    return new Place(where, ZipArchive.DAMAGED);
  }
}
