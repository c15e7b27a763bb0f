package org.bitref.loaders.npy;

import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.loaders.zip.ZipArchive;
import org.bitref.loaders.zip.ZipMember;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * An npz file: a zip archive of npy members (numpy.savez, numpy.savez_compressed). Stored members
 * are mapped; deflated ones are inflated into memory whenever they are read, and their checksum is
 * compared then. Thread-safe.
 */
public final class NpzFile {
  private static final String SUFFIX = ".npy";

  private NpzFile() {}

  /**
   * Reads the archive's directory and every member's header.
   *
   * @throws BadInputException if the file cannot be read, is no zip archive, has a member that is
   *     not npy, encrypted, packed by something other than deflate, or named like another, or if a
   *     member's header has a defect
   */
  public static TensorSource open(Path path) {
    ZipArchive archive = ZipArchive.open(path);
    return NamedTensors.of(
        archive.name(),
        tensors -> {
          tensors.opened(archive::close);
          archive.members().forEach((name, member) -> add(archive, name, member, tensors));
        });
  }

  private static void add(
      ZipArchive archive, String memberName, ZipMember member, NamedTensors.Builder tensors) {
    if (!memberName.endsWith(SUFFIX)) {
      throw new BadInputException(
          archive.name(),
          "holds " + Text.quote(memberName) + ", which is no npy member",
          "Save the arrays with numpy.savez, or with safetensors.");
    }
    String name = memberName.substring(0, memberName.length() - SUFFIX.length());
    NpyHeader header =
        NpyHeader.read(member.where(), member.head(NpyHeader.LONGEST), member.size());
    long offset = member.deflated() ? -1 : member.offset() + header.start();
    tensors.add(
        new TensorInfo(name, header.dtype(), header.shape(), archive.name(), offset),
        () -> header.tensor(member.where(), member.bytes()));
  }
}
