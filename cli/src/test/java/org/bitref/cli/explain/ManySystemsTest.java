package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of five systems, which are ten pairs. */
class ManySystemsTest {
  @TempDir Path temp;
  private final List<Object> command = new ArrayList<>(List.of("explain"));

  @BeforeEach
  void write() {
    for (int system = 0; system < 5; system++) {
      float[] values = {1, 2, 3, 4 + system};
      Tensor hidden = Tensor.ofFloats(Shape.of(2, 2), values);
      Path file = temp.resolve("s" + system + ".safetensors");
      SafetensorsWriter.write(
          file, Map.of(), List.of(TensorEntry.of("layers.0.q_proj", hidden)), false);
      command.add(file);
    }
  }

  @Test
  void aScreenSaysHowManyPairsItLeavesOutAndHowToSeeThem() {
    String out = Cli.run(command.toArray()).exits(4).out();
    assertEquals(4, pairs(out), out);
    assertTrue(out.contains("and 5 more pairs: --details shows all"), out);
  }

  @Test
  void theDetailsHaveAllPairs() {
    command.add("--details");
    String out = Cli.run(command.toArray()).exits(4).out();
    assertEquals(9, pairs(out), out);
    assertFalse(out.contains("more pairs"), out);
    assertTrue(out.contains("(10) "), out);
  }

  @Test
  void aPageHasATabForEachPair() throws IOException {
    Path page = temp.resolve("page.html");
    command.addAll(List.of("--html", page));
    Cli.run(command.toArray()).exits(4);
    String tabs = Files.readString(page).split("class=\"tabs\"", 2)[1];
    assertEquals(10, tabs.split("<h2>s\\d and s\\d</h2>", -1).length - 1);
  }

  private static long pairs(String out) {
    return out.lines().filter(line -> line.matches("  s\\d, s\\d: .*")).count();
  }
}
