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
    Report report = new Report(Path.of(args[0]).toAbsolutePath().resolve("table.md"));
    for (Part part : settings.parts()) {
      String caption = Machine.describe(settings.threads());
      long started = System.nanoTime();
      String table = part.title() + "\n\n" + caption + "\n\n" + run(part, args[0]);
      System.out.println(table);
      System.out.printf("(%d s)%n%n", (System.nanoTime() - started) / 1_000_000_000);
      report.put(part, table.substring(part.title().length()));
    }
  }

  private static String run(Part part, String folder) throws IOException, InterruptedException {
    return part == Part.PEERS
        ? Child.java(part.table(), PeerTable.environment(Settings.read().threads()), folder)
        : Child.java(part.table(), folder);
  }
}
