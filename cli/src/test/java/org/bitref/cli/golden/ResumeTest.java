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
import org.bitref.cli.Cli;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run in a process of its own is killed and another goes on. */
class ResumeTest {
  private static final int ENOUGH = 30;

  @TempDir Path temp;

  private Object[] arguments(Path out, String... more) {
    List<Object> all = new ArrayList<>();
    all.addAll(List.of("golden", Cli.MODEL, "--inputs", Cli.CAPTURE));
    // Slow enough to be killed half way.
    all.addAll(List.of("--recipe", "exact", "-o", out.toString()));
    all.addAll(Arrays.asList(more));
    return all.toArray();
  }

  @Test
  @Timeout(180)
  void aKilledRunGoesOnToTheSameBytes() throws IOException, InterruptedException {
    Path whole = temp.resolve("whole.safetensors");
    Path out = temp.resolve("resumed.safetensors");
    Path partial = temp.resolve("resumed.safetensors.partial");
    Cli.run(arguments(whole)).exits(0);
    killHalfWay(out, partial);
    assertFalse(Files.exists(out));

    Cli forgotten = Cli.run(arguments(out)).exits(3);
    assertTrue(forgotten.err().contains("--resume"), forgotten.err());
    Cli other = Cli.run(arguments(out, "--resume", "--chunk", "7")).exits(3);
    assertTrue(other.err().contains("a run with other chunk"), other.err());

    Cli resumed = Cli.run(arguments(out, "--resume", "--format", "json")).exits(0);
    assertTrue(resumed.json().get("resumed").asInt() >= ENOUGH - 5, resumed.out());
    assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(out));
    assertFalse(Files.exists(partial));
  }

  @Test
  @Timeout(180)
  void forceDropsWhatIsLeft() throws IOException, InterruptedException {
    Path out = temp.resolve("g.safetensors");
    Path partial = temp.resolve("g.safetensors.partial");
    killHalfWay(out, partial);
    Object[] other = {
      "golden", Cli.MODEL, "--inputs", Cli.CAPTURE, "--stages", "rope.sin", "-o", out, "--force"
    };
    assertEquals(0, Cli.run(other).exits(0).out().indexOf("1 stage "));
    assertFalse(Files.exists(partial));
  }

  private void killHalfWay(Path out, Path partial) throws IOException, InterruptedException {
    try (GoldenProcess run = GoldenProcess.start(temp.resolve("log"), arguments(out))) {
      run.awaitResults(partial, ENOUGH);
    }
  }
}
