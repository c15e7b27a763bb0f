package org.bitref.cli.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.bitref.cli.Cli;

/**
 * Runs that are stopped and gone on with. In every scenario OUT is what an undisturbed run writes
 * or is not there, who wrote none says why, and {@code --resume} or {@code --force} gets to the
 * end.
 */
final class Torture {
  /** How names of files begin that no run writes. */
  static final String FOREIGN = "mine";

  private static final List<String> MODES = List.of("--format=text", "--resume", "--force");

  private final Path prompt;
  private final String layers;
  private final List<String> recipes;
  private final Map<String, byte[]> undisturbed = new TreeMap<>();
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();

  Torture(Path folder, String layers, String... recipes) throws IOException {
    this.layers = layers;
    this.recipes = List.of(recipes);
    prompt = GoldenProcess.prompt(folder.resolve("prompt.safetensors"));
    for (String recipe : recipes) {
      Path out = folder.resolve(recipe + ".safetensors");
      Cli.run(arguments(recipe, out)).exits(0);
      undisturbed.put(recipe, Files.readAllBytes(out));
    }
  }

  /** How often what happened. */
  Map<String, Integer> counts() {
    return new TreeMap<>(counts);
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  private Object[] arguments(String recipe, Path out, Object... more) {
    return with(Cli.MODEL, recipe, out, more);
  }

  private Object[] with(Object model, String recipe, Path out, Object... more) {
    Object[] first = {
      "golden", model, "--inputs", prompt, "--layers", layers, "--recipe", recipe, "-o", out
    };
    return Stream.concat(Stream.of(first), Stream.of(more)).toArray();
  }

  private static <T> T any(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }

  private static Path partial(Path out) {
    return out.resolveSibling(out.getFileName() + ".partial");
  }

  /** Two processes write, each is killed at some moment or ends, the results are damaged. */
  void twoWriters(Path folder, SplittableRandom random) throws IOException, InterruptedException {
    Path out = folder.resolve("g.safetensors");
    String recipe = any(recipes, random);
    List<String> both = List.of(recipe, random.nextInt(3) == 0 ? any(recipes, random) : recipe);
    List<GoldenProcess> writers = new ArrayList<>();
    try {
      for (String each : both) {
        Object[] words = arguments(each, out, any(MODES, random));
        writers.add(GoldenProcess.start(folder.resolve("log" + writers.size()), words));
        pause(random.nextInt(200));
      }
      for (GoldenProcess writer : writers) {
        if (random.nextInt(8) > 0) {
          writer.awaitResultsOrEnd(partial(out), random.nextInt(50));
          pause(random.nextInt(6));
          writer.close();
        }
        writer.process().waitFor();
        check(writer);
      }
    } finally {
      writers.forEach(GoldenProcess::close);
    }
    if (Files.exists(out)) {
      byte[] written = Files.readAllBytes(out);
      assertTrue(both.stream().anyMatch(r -> Arrays.equals(undisturbed.get(r), written)));
      count("OUT was written by one of the two");
    }
    goOn(recipe, out, random);
  }

  private static void pause(int milliseconds) throws InterruptedException {
    Thread.sleep(milliseconds);
  }

  private void check(GoldenProcess writer) {
    int code = writer.process().exitValue();
    String said = writer.said();
    switch (code) {
      case 0 -> count("writers that ended");
      case 3 -> {
        assertTrue(said.contains("bitref: "), said);
        if (said.contains("is being written by ")) {
          count("writers refused because another writes");
        } else {
          String why = "(?s).*(--resume|--force).*";
          assertTrue(said.matches(why), said);
          count("writers refused for what was there");
        }
      }
      default -> {
        assertEquals(137, code, said);
        count("writers killed");
      }
    }
  }

  /** A run in this process, as it would be if it were killed when so many stages are finished. */
  void snapshot(Path folder, SplittableRandom random) throws IOException, InterruptedException {
    Path out = folder.resolve("g.safetensors");
    String recipe = any(recipes, random);
    Path running = folder.resolve("running.safetensors");
    int stages = random.nextInt(40);
    Thread run = Thread.ofPlatform().start(() -> Cli.run(arguments(recipe, running)));
    while (run.isAlive() && GoldenProcess.results(partial(running)).size() < stages) {
      pause(1);
    }
    Files.createDirectory(partial(out));
    for (Path file : GoldenProcess.results(partial(running))) {
      Path copy = partial(out).resolve(file.getFileName());
      try {
        Files.copy(file, copy);
      } catch (IOException _) {
        // The run has come to its end.
        Files.deleteIfExists(copy);
      }
    }
    run.join();
    assertArrayEquals(undisturbed.get(recipe), Files.readAllBytes(running));
    goOn(recipe, out, random);
  }

  /** After up to two damages and with files of the user's, to the end. */
  private void goOn(String recipe, Path out, SplittableRandom random) throws IOException {
    Path partial = partial(out);
    for (int i = random.nextInt(3); i > 0; i--) {
      count("damage: " + Damage.random(partial, random).replaceAll(" .*", ""));
    }
    Path mine = partial.resolve(FOREIGN + ".safetensors");
    boolean foreign = random.nextInt(4) == 0;
    if (foreign) {
      Files.createDirectories(partial);
      Files.writeString(mine, "mine");
      count("with a file of the user's");
    }
    boolean resume = random.nextBoolean();
    List<String> how = new ArrayList<>(List.of(resume ? "--resume" : "--force"));
    if (resume && Files.exists(out)) {
      how.add("--force");
    }
    Cli run = Cli.run(arguments(recipe, out, how.toArray()));
    if (run.code() == 3 && resume) {
      assertTrue(run.err().contains("or start again with --force"), run.err());
      assertFalse(Files.exists(out) && how.size() == 1);
      count("resume was refused, with a reason");
      run = Cli.run(arguments(recipe, out, "--force"));
    } else {
      count(run.err().contains("computed again") ? "damaged results computed again" : how.get(0));
    }
    run.exits(0);
    assertArrayEquals(undisturbed.get(recipe), Files.readAllBytes(out));
    assertEquals(foreign, Files.exists(mine));
    boolean others = run.err().contains("stays, because");
    assertEquals(foreign || others, Files.exists(partial), run.err());
  }

  /** A weight changes between two runs. */
  void weight(Path folder, SplittableRandom random) throws IOException, InterruptedException {
    Path out = folder.resolve("g.safetensors");
    Path fresh = folder.resolve("fresh.safetensors");
    String recipe = any(recipes, random);
    Path model = GoldenProcess.copy(Path.of(Cli.MODEL), folder.resolve("tiny-qwen3-vl"));
    try (GoldenProcess writer =
        GoldenProcess.start(folder.resolve("log"), with(model, recipe, out))) {
      writer.awaitResultsOrEnd(partial(out), 1 + random.nextInt(40));
    }
    Path shard = model.resolve("model-0000" + (1 + random.nextInt(2)) + "-of-00002.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length / 20 + random.nextInt(bytes.length / 20 * 19)] ^= 1;
    Files.write(shard, bytes);
    Cli.run(with(model, recipe, fresh)).exits(0);
    if (!Files.exists(out)) {
      Cli run = Cli.run(with(model, recipe, out, "--resume"));
      if (run.code() == 3) {
        assertTrue(run.err().contains(shard + ": tensor "), run.err());
        count("a changed weight was named");
        run = Cli.run(with(model, recipe, out, "--force"));
      } else {
        count("a weight changed that was not used yet");
      }
      run.exits(0);
      assertArrayEquals(Files.readAllBytes(fresh), Files.readAllBytes(out));
    }
  }

  /** The disk is full when this many bytes are written, and then no longer. */
  void fullDisk(Path disk, SplittableRandom random) throws IOException {
    String recipe = any(recipes, random);
    Path out = disk.resolve("g.safetensors");
    Path filler = disk.resolve("filler");
    int need = 5 * undisturbed.get(recipe).length / 2;
    long free = disk.toFile().getUsableSpace() - random.nextInt(need);
    Files.write(filler, new byte[Math.toIntExact(Math.max(0, free))]);
    Cli run = Cli.run(arguments(recipe, out));
    Files.delete(filler);
    if (run.code() != 0) {
      run.exits(3);
      assertFalse(Files.exists(out));
      assertTrue(run.err().contains("No space left") && run.err().contains("ree space"), run.err());
      count("disk full");
      String how = Files.exists(partial(out)) && random.nextBoolean() ? "--force" : "--resume";
      run = Cli.run(arguments(recipe, out, how)).exits(0);
    }
    run.exits(0);
    assertArrayEquals(undisturbed.get(recipe), Files.readAllBytes(out));
    Files.delete(out);
    assertEquals(0, disk.toFile().list().length, () -> Arrays.toString(disk.toFile().list()));
  }
}
