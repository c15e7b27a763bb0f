package org.bitref.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a run is asked for, from system properties {@code bench.*}, which child processes inherit.
 *
 * @param threads of everything that is timed
 * @param parts in the order of the table
 * @param rows M of the products beside other libraries
 * @param tokens S of the layers
 * @param layers of each recipe's prefill
 */
record Settings(int threads, List<Part> parts, int rows, int tokens, int layers) {
  /** Where everything that is written besides the results goes. */
  static final Path WORK = Path.of("target", "bench").toAbsolutePath();

  static Settings read() {
    String only = System.getProperty("bench.only", "");
    List<Part> parts =
        only.isBlank()
            ? List.of(Part.values())
            : Arrays.stream(only.split(","))
                .map(name -> Part.valueOf(name.strip().toUpperCase(Locale.ROOT)))
                .sorted()
                .toList();
    return new Settings(
        Integer.getInteger("bench.threads", 2),
        parts,
        Integer.getInteger("bench.rows", 768),
        Integer.getInteger("bench.tokens", 3006),
        Integer.getInteger("bench.layers", 3));
  }
}
