package org.bitref.cli.sweep;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Folders that hold data, an experiment and its results. */
final class Experiments {
  private static final Path DOCS =
      Path.of(System.getProperty("bitref.demo.data")).resolveSibling("docs");

  private Experiments() {}

  static Path docs(String name) {
    return DOCS.resolve(name);
  }

  /** The JSON block of the guide that it says to save under this name. */
  static String ofGuide(String name) throws IOException {
    Matcher block =
        Pattern.compile("`" + Pattern.quote(name) + "`:\n\n```json\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(DOCS.resolve("sweep.md")));
    if (!block.find()) {
      throw new AssertionError("the guide has no " + name);
    }
    return block.group(1);
  }

  /** The experiment with the names of data as paths in this folder. */
  static String on(Path data, String experiment) {
    String folder = data.toAbsolutePath().toString().replace("\\", "\\\\") + "/";
    return Pattern.compile("\"(?=[\\w-]+\\.safetensors\"|tiny-)")
        .matcher(experiment)
        .replaceAll(Matcher.quoteReplacement("\"" + folder));
  }

  /** All files under a folder with what they hold. */
  static SortedMap<String, String> contents(Path folder) throws IOException {
    SortedMap<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      files.filter(Files::isRegularFile).forEach(f -> contents.put(name(folder, f), text(f)));
    }
    return contents;
  }

  private static String name(Path folder, Path file) {
    return folder.relativize(file).toString();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
