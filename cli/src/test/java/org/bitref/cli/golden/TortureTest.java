package org.bitref.cli.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Torture} with fixed seeds. */
class TortureTest {
  private static final long SEED = 20_261_130;

  @TempDir Path temp;

  private interface Scenario {
    void play(Path folder, SplittableRandom random) throws IOException, InterruptedException;
  }

  private void play(String name, int i, Scenario scenario) throws IOException {
    Path folder = Files.createDirectory(temp.resolve(name + i));
    long seed = SEED + i;
    try {
      scenario.play(folder, new SplittableRandom(seed));
    } catch (AssertionError | Exception e) {
      throw new AssertionError(name + ", seed " + seed + ": " + e.getMessage(), e);
    }
  }

  @Test
  void aFewRunsThatAreStopped() throws IOException {
    Torture torture = new Torture(temp, "0", "hf-bf16-eager");
    for (int i = 0; i < 2; i++) {
      play("snapshot", i, torture::snapshot);
    }
  }

  @Test
  @Tag("long")
  void manyRunsThatAreKilled() throws IOException, InterruptedException, ExecutionException {
    Torture torture = new Torture(temp, "0-1", "exact", "hf-bf16-eager");
    List<Future<Void>> all = new ArrayList<>();
    // More at a time than processors, so that processes stop each other at odd moments.
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 200; i++) {
        String name = i % 8 == 0 ? "weight" : "writers";
        Scenario scenario = i % 8 == 0 ? torture::weight : torture::twoWriters;
        int number = i;
        all.add(
            threads.submit(
                () -> {
                  play(name, number, scenario);
                  return null;
                }));
      }
      List<String> failures = new ArrayList<>();
      for (Future<Void> one : all) {
        try {
          one.get();
        } catch (ExecutionException e) {
          failures.add(String.valueOf(e.getCause().getMessage()));
          System.out.println(failures.getLast());
        }
      }
      torture.counts().forEach((what, n) -> System.out.println(n + " " + what));
      assertTrue(failures.isEmpty(), () -> failures.size() + ": " + String.join("\n", failures));
    }
  }

  @Test
  @Tag("long")
  void disksThatAreFull() throws IOException, InterruptedException {
    Path disk = Files.createDirectory(temp.resolve("disk"));
    String[] mount = {"mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.toString()};
    int mounted = new ProcessBuilder(mount).inheritIO().start().waitFor();
    assumeTrue(mounted == 0, "no small disk can be mounted");
    Torture torture = new Torture(temp, "0-1", "exact", "hf-bf16-eager");
    try {
      for (int i = 0; i < 60; i++) {
        play("disk", i, (_, random) -> torture.fullDisk(disk, random));
      }
    } finally {
      new ProcessBuilder("umount", disk.toString()).inheritIO().start().waitFor();
    }
    torture.counts().forEach((what, n) -> System.out.println(n + " " + what));
    assertTrue(torture.counts().getOrDefault("disk full", 0) > 20);
  }
}
