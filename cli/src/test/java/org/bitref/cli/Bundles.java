package org.bitref.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Bundles whose manifest was changed. */
public final class Bundles {
  private static final String MANIFEST = "bundle.json";

  private Bundles() {}

  /** The manifest's text. */
  public static String manifest(Path bundle) throws IOException {
    try (ZipFile zip = new ZipFile(bundle.toFile())) {
      return text(zip, zip.getEntry(MANIFEST));
    }
  }

  private static String text(ZipFile zip, ZipEntry entry) throws IOException {
    return new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Writes the bundle again with another manifest, all members stored. */
  public static void withManifest(Path whole, Path target, UnaryOperator<String> change)
      throws IOException {
    try (ZipFile from = new ZipFile(whole.toFile());
        ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(target))) {
      for (ZipEntry entry : from.stream().toList()) {
        byte[] content =
            entry.getName().equals(MANIFEST)
                ? change.apply(text(from, entry)).getBytes(StandardCharsets.UTF_8)
                : from.getInputStream(entry).readAllBytes();
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setMethod(ZipEntry.STORED);
        copy.setSize(content.length);
        CRC32 crc = new CRC32();
        crc.update(content);
        copy.setCrc(crc.getValue());
        to.putNextEntry(copy);
        to.write(content);
      }
    }
  }
}
