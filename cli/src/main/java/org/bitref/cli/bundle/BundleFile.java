package org.bitref.cli.bundle;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.Json;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.SegmentOutput;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.json.JsonObject;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.loaders.zip.ZipArchive;
import org.bitref.loaders.zip.ZipMember;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * The zip archive of a bundle: {@code bundle.json}, {@code tensors.safetensors} and a note for
 * people. All members are stored, so that reading maps the tensors and unpacks nothing.
 */
record BundleFile(ZipArchive archive, Bundle bundle, TensorSource tensors)
    implements AutoCloseable {
  private static final String MANIFEST = "bundle.json";
  private static final String TENSORS = "tensors.safetensors";
  private static final String NOTE = "README.txt";
  private static final Set<String> MEMBERS = Set.of(MANIFEST, TENSORS, NOTE);
  private static final long LONGEST_MANIFEST = 1 << 24;
  private static final String NOTE_TEXT =
      """
      Reproduces one finding of bitref. To run it again:

          bitref bundle verify FILE.zip

      bundle.json says what was found, tensors.safetensors holds the data.
      """;
  // Equal content gives equal files: no wall-clock time goes into the archive.
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  /**
   * Writes an archive, whole or not at all.
   *
   * @param manifest from the hash of the tensors
   */
  static void write(
      Path target,
      boolean overwrite,
      Map<String, Tensor> tensors,
      Function<String, Bundle> manifest) {
    List<TensorEntry> entries =
        tensors.entrySet().stream().map(e -> TensorEntry.of(e.getKey(), e.getValue())).toList();
    SafetensorsWriter.Content data = SafetensorsWriter.content(target, Map.of(), entries);
    byte[] json = bytes(Json.text(manifest.apply(sha256(data::write))));
    NewFile.write(
        target,
        overwrite,
        channel -> {
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
          ZipOutputStream zip = new ZipOutputStream(out);
          text(zip, NOTE, bytes(NOTE_TEXT));
          text(zip, MANIFEST, json);
          member(zip, TENSORS, data.size(), data::write);
          zip.finish();
          zip.flush();
        });
  }

  /** Something that can be written more than once. */
  @FunctionalInterface
  private interface Body {
    void write(WritableByteChannel channel) throws IOException;

    default void write(OutputStream out) throws IOException {
      write(Channels.newChannel(out));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void text(ZipOutputStream zip, String name, byte[] text) throws IOException {
    member(zip, name, text.length, channel -> copy(MemorySegment.ofArray(text), channel));
  }

  private static void member(ZipOutputStream zip, String name, long size, Body body)
      throws IOException {
    CheckedOutputStream checked =
        new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32());
    body.write(checked);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(size);
    entry.setCrc(checked.getChecksum().getValue());
    entry.setTimeLocal(TIME);
    zip.putNextEntry(entry);
    body.write(zip);
    zip.closeEntry();
  }

  private static void copy(MemorySegment data, WritableByteChannel channel) throws IOException {
    new SegmentOutput(channel).write(data);
  }

  /** SHA-256 of memory, in hexadecimal. */
  static String sha256(MemorySegment data) {
    return sha256(channel -> copy(data, channel));
  }

  private static String sha256(Body body) {
    try {
      MessageDigest digest = DigestUtils.getSha256Digest();
      body.write(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
      return Hex.encodeHexString(digest.digest());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Opens a bundle and compares its hash.
   *
   * @throws BadInputException if it is no bundle, or is damaged
   */
  static BundleFile open(Path path) {
    ZipArchive archive = ZipArchive.open(path);
    try {
      return open(path, archive);
    } catch (RuntimeException e) {
      archive.close();
      throw e;
    }
  }

  private static BundleFile open(Path path, ZipArchive archive) {
    for (String name : archive.members().keySet()) {
      if (!MEMBERS.contains(name)) {
        throw bad(archive, "has a member " + Text.quote(name) + ", which no bundle has");
      }
    }
    ZipMember manifest = stored(archive, MANIFEST);
    if (manifest.size() > LONGEST_MANIFEST) {
      throw bad(archive, MANIFEST + " has " + manifest.size() + " bytes, too many to be one");
    }
    JsonObject json = JsonObject.read(manifest.where(), Bundle.REMEDY, manifest.bytes());
    Bundle bundle = Bundle.read(json);
    ZipMember data = stored(archive, TENSORS);
    if (!sha256(data.bytes()).equals(bundle.tensorsSha256())) {
      throw bad(archive, "its tensors are not those that " + MANIFEST + " names by their hash");
    }
    TensorSource tensors =
        SafetensorsFile.open(MappedFile.within(path, data.where(), data.bytes()));
    return new BundleFile(archive, bundle, tensors);
  }

  private static ZipMember stored(ZipArchive archive, String name) {
    ZipMember member = archive.members().get(name);
    if (member == null) {
      throw bad(archive, "has no member " + name);
    }
    if (member.deflated()) {
      throw bad(archive, "its member " + name + " is packed; bundles are not");
    }
    return member;
  }

  private static BadInputException bad(ZipArchive archive, String problem) {
    return new BadInputException(archive.name(), problem, Bundle.REMEDY);
  }

  @Override
  public void close() {
    archive.close();
  }
}
