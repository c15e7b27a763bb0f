package org.bitref.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  @TempDir Path temp;

  @Test
  void aReportThatNobodyNamedGetsANewName() throws IOException {
    Path first = temp.resolve("demo.html");
    assertEquals(first, DemoCommand.free(first, false));
    Files.createFile(first);
    assertEquals(temp.resolve("demo-2.html"), DemoCommand.free(first, false));
    Files.createFile(temp.resolve("demo-2.html"));
    assertEquals(temp.resolve("demo-3.html"), DemoCommand.free(first, false));
    assertEquals(first, DemoCommand.free(first, true));
  }
}
