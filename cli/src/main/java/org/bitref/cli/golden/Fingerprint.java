package org.bitref.cli.golden;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bitref.loaders.file.IoProblem;
import org.bitref.tensor.TensorSource;

/** What must be the same for a run to go on from the results of an earlier one. */
record Fingerprint(Map<String, String> parts) {

  /** Collects the parts. */
  static final class Builder {
    private final Map<String, String> parts = new LinkedHashMap<>();

    /** Any text. */
    Builder text(String key, String value) {
      parts.put(key, value);
      return this;
    }

    /** Names, types and shapes of all tensors, and a digest of the files. */
    Builder content(String key, TensorSource source) {
      parts.put(
          key,
          source.tensors().values().stream()
              .map(info -> info.name() + " " + info.dtype() + " " + info.shape())
              .collect(Collectors.joining("; ")));
      parts.put(key + " sha256", sha256(paths(source)));
      return this;
    }

    /** Names, sizes and times of the files: weights are too big to read for this. */
    Builder files(String key, Path path) {
      List<String> lines = new ArrayList<>();
      try {
        for (Path file : Files.isDirectory(path) ? list(path) : List.of(path)) {
          lines.add(
              "%s %d %s"
                  .formatted(
                      file.getFileName(), Files.size(file), Files.getLastModifiedTime(file)));
        }
      } catch (IOException e) {
        throw IoProblem.reading(path, e);
      }
      parts.put(key, String.join("; ", lines));
      return this;
    }

    Fingerprint build() {
      return new Fingerprint(parts);
    }
  }

  /** The parts that differ. */
  List<String> differences(Map<String, String> other) {
    List<String> keys = new ArrayList<>(parts.keySet());
    other.keySet().stream().filter(key -> !parts.containsKey(key)).forEach(keys::add);
    keys.removeIf(key -> parts.getOrDefault(key, "").equals(other.getOrDefault(key, "")));
    return keys;
  }

  private static List<Path> list(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.{safetensors,json}")) {
      entries.forEach(files::add);
    }
    files.sort(null);
    return files;
  }

  private static List<Path> paths(TensorSource source) {
    return source.tensors().values().stream()
        .map(info -> Path.of(info.file()))
        .distinct()
        .sorted()
        .toList();
  }

  private static String sha256(List<Path> files) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    for (Path file : files) {
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        throw IoProblem.reading(file, e);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
