package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of captures that the property {@code bitref.captures} names. */
final class Captures {
  private Captures() {}

  /** A file or folder in it; without it, the test is skipped. */
  static Path path(String name) {
    Path path = Path.of(System.getProperty("bitref.captures", "")).resolve(name);
    assumeTrue(Files.exists(path), () -> "-Dbitref.captures names no folder with " + name);
    return path;
  }
}
