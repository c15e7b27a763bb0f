package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The one command: runs the parts that are asked for, prints and keeps their tables. */
public final class Bench {
  private Bench() {}

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
