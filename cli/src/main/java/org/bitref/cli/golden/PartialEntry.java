package org.bitref.cli.golden;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What lies in a folder of results. Names that a run writes hold the beginning of its fingerprint,
 * so that nothing else is ever taken for one of them, be it another run's or its user's.
 *
 * @param run the run that wrote it; empty for what no run wrote
 * @param stage whose result it is, if it is one and complete
 */
record PartialEntry(Path path, Optional<String> run, Optional<String> stage) {
  private static final String RUN = "run";
  private static final Pattern NAME =
      Pattern.compile(
          "(?<hidden>\\.?)(?<what>.+)\\.(?<run>[0-9a-f]{16})\\.(?<type>safetensors|json)"
              + "(?<temporary>\\.tmp-.+)?");

  /** The name of a result. */
  static String result(String run, String stage) {
    return stage + "." + run + ".safetensors";
  }

  /** The name of the file that says what run it is. */
  static String description(String run) {
    return RUN + "." + run + ".json";
  }

  /** All of a folder but the lock, by name. */
  static List<PartialEntry> list(Path folder) throws IOException {
    List<PartialEntry> entries = new ArrayList<>();
    try (DirectoryStream<Path> paths =
        Files.newDirectoryStream(folder, path -> !path.endsWith(RunLock.NAME))) {
      paths.forEach(path -> entries.add(of(path)));
    }
    entries.sort((a, b) -> a.path.compareTo(b.path));
    return entries;
  }

  private static PartialEntry of(Path path) {
    Matcher name = NAME.matcher(path.getFileName().toString());
    boolean file = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    if (!file || !name.matches()) {
      return new PartialEntry(path, Optional.empty(), Optional.empty());
    }
    boolean temporary = name.group("temporary") != null;
    boolean json = name.group("type").equals("json");
    if (temporary == name.group("hidden").isEmpty() || (json && !name.group("what").equals(RUN))) {
      return new PartialEntry(path, Optional.empty(), Optional.empty());
    }
    Optional<String> stage = temporary || json ? Optional.empty() : Optional.of(name.group("what"));
    return new PartialEntry(path, Optional.of(name.group(RUN)), stage);
  }
}
