package org.bitref.loaders.zip;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.MappedFile;

/**
 * The members of a zip archive, by name, in the order of the file. Nothing is ever unpacked to a
 * disk; an archive that would do harm if it were is refused all the same. Thread-safe.
 */
public final class ZipArchive implements AutoCloseable {
  static final String DAMAGED = "The file is damaged or truncated: copy or write it again.";

  private static final Pattern OUTSIDE = Pattern.compile("(^|[/\\\\])\\.\\.([/\\\\]|$)");

  private final MappedFile file;
  private final Map<String, ZipMember> members = new LinkedHashMap<>();

  private ZipArchive(MappedFile file) {
    this.file = file;
  }

  /**
   * Maps the archive and reads its directory.
   *
   * @throws BadInputException if the file cannot be read, is no zip archive, or has a member that
   *     is encrypted, packed by something other than deflate, larger than deflate can make it,
   *     named like another, or named as if it lay outside
   */
  public static ZipArchive open(Path path) {
    ZipArchive archive = new ZipArchive(MappedFile.open(path));
    boolean opened = false;
    // Of an archive that it refuses the library would leave its own channel open.
    try (SeekableByteChannel channel = Files.newByteChannel(path);
        ZipFile zip = ZipFile.builder().setSeekableByteChannel(channel).get()) {
      for (ZipArchiveEntry entry : Collections.list(zip.getEntriesInPhysicalOrder())) {
        archive.add(entry);
      }
      opened = true;
      return archive;
    } catch (BadInputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The library fails in ways of its own on offsets that cannot be.
      throw new BadInputException(
          archive.name(),
          "is no readable zip archive: " + Text.printable(String.valueOf(e.getMessage())),
          DAMAGED,
          e);
    } finally {
      if (!opened) {
        archive.close();
      }
    }
  }

  private void add(ZipArchiveEntry entry) {
    if (OUTSIDE.matcher(entry.getName()).find()) {
      throw new BadInputException(
          name(),
          "member " + Text.quote(entry.getName()) + " leads out of the archive",
          "Do not unpack it; ask for a file that bitref or the framework wrote.");
    }
    if (members.putIfAbsent(entry.getName(), ZipMember.of(file, entry)) != null) {
      throw new BadInputException(
          name(), "two members are called " + Text.quote(entry.getName()), DAMAGED);
    }
  }

  /** The path as the user gave it. */
  public String name() {
    return file.name();
  }

  /** Every member. */
  public Map<String, ZipMember> members() {
    return Collections.unmodifiableMap(members);
  }

  @Override
  public void close() {
    file.close();
  }
}
