package org.bitref.cli.golden;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;
import org.bitref.loaders.file.IoProblem;
import org.bitref.tensor.TensorSource;

/** What files hold, in texts that must be the same for a run to go on from an earlier one. */
final class Fingerprint {
  private Fingerprint() {}

  /** Names, types and shapes of all tensors. */
  static String tensors(TensorSource source) {
    return source.tensors().values().stream()
        .map(info -> info.name() + " " + info.dtype() + " " + info.shape())
        .collect(Collectors.joining("; "));
  }

  /** SHA-256 of the files that hold the tensors, one after the other. */
  static String sha256(TensorSource source) {
    MessageDigest digest = DigestUtils.getSha256Digest();
    List<Path> files =
        source.tensors().values().stream()
            .map(info -> Path.of(info.file()))
            .distinct()
            .sorted()
            .toList();
    for (Path file : files) {
      try {
        DigestUtils.updateDigest(digest, file);
      } catch (IOException e) {
        throw IoProblem.reading(file, e);
      }
    }
    return Hex.encodeHexString(digest.digest());
  }

  /** Names, sizes and times of a file or of a folder's: weights are too big to read for this. */
  static String files(Path path) {
    List<String> lines = new ArrayList<>();
    try {
      for (Path file : Files.isDirectory(path) ? list(path) : List.of(path)) {
        lines.add(
            "%s %d %s"
                .formatted(file.getFileName(), Files.size(file), Files.getLastModifiedTime(file)));
      }
    } catch (IOException e) {
      throw IoProblem.reading(path, e);
    }
    return String.join("; ", lines);
  }

  private static List<Path> list(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.{safetensors,json}")) {
      entries.forEach(files::add);
    }
    files.sort(null);
    return files;
  }
}
