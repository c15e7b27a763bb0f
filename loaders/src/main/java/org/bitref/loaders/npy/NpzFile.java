package org.bitref.loaders.npy;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Text;
import org.bitref.loaders.zip.ZipArchive;
import org.bitref.loaders.zip.ZipMember;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * An npz file: a zip archive of npy members (numpy.savez, numpy.savez_compressed). Stored members
 * are mapped; deflated ones are inflated into memory whenever they are read, and their checksum is
 * compared then. Thread-safe.
 */
public final class NpzFile implements TensorSource {
  private static final String SUFFIX = ".npy";

  private final ZipArchive archive;
  private final Map<String, NpzMember> members = new LinkedHashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  private NpzFile(ZipArchive archive) {
    this.archive = archive;
  }

  /**
   * Reads the archive's directory and every member's header.
   *
   * @throws BadInputException if the file cannot be read, is no zip archive, has a member that is
   *     not npy, encrypted, packed by something other than deflate, or named like another, or if a
   *     member's header has a defect
   */
  public static NpzFile open(Path path) {
    NpzFile source = new NpzFile(ZipArchive.open(path));
    boolean opened = false;
    try {
      source.archive.members().forEach(source::add);
      opened = true;
      return source;
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  private void add(String memberName, ZipMember bytes) {
    if (!memberName.endsWith(SUFFIX)) {
      throw new BadInputException(
          name(),
          "holds " + Text.quote(memberName) + ", which is no npy member",
          "Save the arrays with numpy.savez, or with safetensors.");
    }
    String name = memberName.substring(0, memberName.length() - SUFFIX.length());
    NpzMember member = NpzMember.of(bytes);
    members.put(name, member);
    infos.put(name, member.info(name, name()));
  }

  @Override
  public String name() {
    return archive.name();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Tensor read(String tensor) {
    NpzMember member = members.get(tensor);
    if (member == null) {
      throw new BadInputException(
          name(), "no array " + Text.quote(tensor), "List its arrays with: bitref inspect.");
    }
    return member.read();
  }

  @Override
  public void close() {
    archive.close();
  }
}
