package org.bitref.loaders.npy;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.tensor.Tensor;

/** Writes an npz file: stored (not compressed) npy members, which readers can map. */
public final class NpzWriter {
  // Equal input gives equal files: no wall-clock time goes into the archive.
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private NpzWriter() {}

  /**
   * Writes to a temporary name beside {@code target} and renames at the end, one tensor in memory
   * at a time, members in the given order. BF16 and 8-bit floats are widened to float32, which is
   * exact.
   *
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the target cannot be written or exists, or if a name is used twice
   *     or is no valid Unicode
   * @throws IllegalStateException if a supplier gives another dtype or shape than announced
   */
  public static void write(Path target, List<TensorEntry> entries, boolean overwrite) {
    TensorEntry.checkNames(target, entries);
    NewFile.write(
        target,
        overwrite,
        channel -> {
          OutputStream file = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 18);
          ZipOutputStream zip = new ZipOutputStream(file);
          for (TensorEntry entry : entries) {
            member(zip, entry);
          }
          zip.finish();
          zip.flush();
        });
  }

  private static void member(ZipOutputStream zip, TensorEntry entry) throws IOException {
    Tensor tensor = entry.tensor();
    // A stored member's checksum stands before its data, so the data is gone through twice.
    CRC32 crc = new CRC32();
    new CheckedInputStream(NpyEncoder.stream(tensor), crc)
        .transferTo(OutputStream.nullOutputStream());
    ZipEntry member = new ZipEntry(entry.name() + ".npy");
    member.setMethod(ZipEntry.STORED);
    member.setSize(NpyEncoder.size(tensor.dtype(), tensor.shape()));
    member.setCrc(crc.getValue());
    member.setTimeLocal(TIME);
    zip.putNextEntry(member);
    NpyEncoder.stream(tensor).transferTo(zip);
    zip.closeEntry();
  }
}
