package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** The one command: runs the parts that are asked for, prints and keeps their tables. */
public final class Bench {
  private Bench() {}

  /**
   * The committed table: a section for each part; a run replaces those of the parts that it ran.
   */
  private static final class Report {
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

  /**
   * Runs parts as {@link Settings} say.
   *
   * @param args the folder for results
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Settings settings = Settings.read();
    Files.createDirectories(Settings.WORK);
    boolean failed = false;
    Report report = new Report(Path.of(args[0]).toAbsolutePath().resolve("table.md"));
    for (Part part : settings.parts()) {
      String caption = Machine.describe(settings.threads());
      long started = System.nanoTime();
      try {
        String table = caption + "\n\n" + run(part, args[0]);
        long seconds = (System.nanoTime() - started) / 1_000_000_000;
        System.out.printf("%s (took %d s)%n%n%s%n", part.title(), seconds, table);
        report.put(part, table);
      } catch (IllegalStateException e) {
        System.err.println(part.title() + ": not measured: " + e.getMessage());
        failed = true;
      }
    }
    if (failed) {
      System.exit(1);
    }
  }

  private static String run(Part part, String folder) throws IOException, InterruptedException {
    return part == Part.PEERS
        ? Child.java(part.table(), PeerTable.environment(Settings.read().threads()), folder)
        : Child.java(part.table(), folder);
  }
}
