package org.bitref.loaders.npy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
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

  private final MappedFile file;
  private final Map<String, NpzMember> members = new LinkedHashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  private NpzFile(MappedFile file) {
    this.file = file;
  }

  /**
   * Reads the archive's directory and every member's header.
   *
   * @throws BadInputException if the file cannot be read, is no zip archive, has a member that is
   *     not npy, encrypted, packed by something other than deflate, or named like another, or if a
   *     member's header has a defect
   */
  public static NpzFile open(Path path) {
    NpzFile source = new NpzFile(MappedFile.open(path));
    boolean opened = false;
    try {
      source.readDirectory(path);
      opened = true;
      return source;
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  private void readDirectory(Path path) {
    try (ZipFile zip = ZipFile.builder().setPath(path).get()) {
      for (ZipArchiveEntry entry : Collections.list(zip.getEntriesInPhysicalOrder())) {
        add(entry);
      }
    } catch (IOException e) {
      throw new BadInputException(
          name(),
          "is no readable zip archive: " + Text.printable(String.valueOf(e.getMessage())),
          NpyHeader.DAMAGED,
          e);
    }
  }

  private void add(ZipArchiveEntry entry) {
    if (!entry.getName().endsWith(SUFFIX)) {
      throw new BadInputException(
          name(),
          "holds " + Text.quote(entry.getName()) + ", which is no npy member",
          "Save the arrays with numpy.savez, or with safetensors.");
    }
    String name = entry.getName().substring(0, entry.getName().length() - SUFFIX.length());
    NpzMember member = NpzMember.of(file, entry);
    if (members.putIfAbsent(name, member) != null) {
      throw new BadInputException(
          name(), "two members are called " + Text.quote(entry.getName()), NpyHeader.DAMAGED);
    }
    infos.put(name, member.info(name));
  }

  @Override
  public String name() {
    return file.name();
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
    file.close();
  }
}
