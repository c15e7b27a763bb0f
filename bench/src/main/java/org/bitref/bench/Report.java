package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** The committed table: a section for each part; a run replaces those of the parts that it ran. */
final class Report {
  private static final String HEAD =
      """
      # Times

      Written by the benchmark, see ../README.md; do not edit. Each part says when and where it ran.
      """;

  private final Path file;
  private final Map<Part, String> sections = new EnumMap<>(Part.class);

  Report(Path file) throws IOException {
    this.file = file;
    if (Files.exists(file)) {
      for (String section : Files.readString(file).split("(?m)^## ", -1)) {
        for (Part part : Part.values()) {
          if (section.startsWith(part.title() + "\n")) {
            sections.put(part, section.substring(part.title().length()).strip());
          }
        }
      }
    }
  }

  void put(Part part, String text) throws IOException {
    sections.put(part, text.strip());
    StringBuilder out = new StringBuilder(HEAD);
    sections.forEach(
        (key, section) ->
            out.append("\n## ").append(key.title()).append("\n\n").append(section).append('\n'));
    Files.createDirectories(file.getParent());
    Files.writeString(file, out);
  }
}
