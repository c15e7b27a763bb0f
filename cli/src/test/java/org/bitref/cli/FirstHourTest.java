package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bitref.cli.DocumentedPage.Command;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the commands of cli/docs/first-hour.md in their order. */
class FirstHourTest {
  /** Commands that take seconds; the others search or compute a model. */
  private static final List<String> QUICK = List.of("inspect", "compare", "pack");

  @TempDir Path folder;

  @Test
  void everyCommandOfThePageIsUnderstood() throws IOException {
    for (Command command : page().commands()) {
      List<Object> words = new ArrayList<>(command.words());
      words.add("--help");
      Cli.run(words.toArray()).exits(0);
    }
  }

  @Test
  void theQuickCommandsDoWhatThePageSays() throws IOException {
    List<Command> quick =
        page().commands().stream().filter(c -> QUICK.contains(c.words().getFirst())).toList();
    assertEquals(QUICK, quick.stream().map(command -> command.words().getFirst()).toList());
    quick.forEach(Command::run);
  }

  @Test
  @Tag("long")
  void thePageLeadsFromTwoDumpsToTheTextOfAnIssue() throws IOException {
    List<Cli> runs = page().run();
    assertTrue(runs.getLast().out().startsWith("### bitref explain: rounding"), "the issue");
  }

  private DocumentedPage page() {
    return new DocumentedPage("first-hour.md", folder);
  }
}
