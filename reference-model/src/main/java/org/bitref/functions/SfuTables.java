package org.bitref.functions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bitref.functions.Quadratic.Shape;

/**
 * The coefficient tables, read from a text resource. A line {@code table NAME segments lowBits
 * squareShift c0Shift c2Shift outShift bias} begins a function; a line {@code c0 c1 c2} follows for
 * each segment; {@code #} begins a comment.
 */
final class SfuTables {
  static final String RESOURCE = "h100.txt";

  private static final Map<String, Quadratic> TABLES = load();

  private SfuTables() {}

  static Quadratic get(String name) {
    Quadratic table = TABLES.get(name);
    if (table == null) {
      throw new IllegalStateException("no table \"" + name + "\" in " + RESOURCE);
    }
    return table;
  }

  private static Map<String, Quadratic> load() {
    try (Reader reader =
        new InputStreamReader(
            SfuTables.class.getResourceAsStream(RESOURCE), StandardCharsets.US_ASCII)) {
      return read(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, Quadratic> read(Reader source) throws IOException {
    Map<String, Quadratic> tables = new HashMap<>();
    Iterator<String> lines =
        new BufferedReader(source)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .iterator();
    while (lines.hasNext()) {
      String[] words = lines.next().split(" +", 3);
      if (words.length < 3 || !words[0].equals("table")) {
        throw new IOException("not a table's first line: " + String.join(" ", words));
      }
      int[] n = numbers(words[2], 7);
      Shape shape = new Shape(words[1], n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
      int[][] rows = new int[shape.segments()][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = numbers(lines.hasNext() ? lines.next() : "", 3);
      }
      tables.put(shape.name(), new Quadratic(shape, List.of(rows)));
    }
    return tables;
  }

  private static int[] numbers(String line, int count) throws IOException {
    String[] words = line.split(" +", -1);
    if (words.length != count) {
      throw new IOException("expected " + count + " numbers: " + line);
    }
    return Stream.of(words).mapToInt(Integer::parseInt).toArray();
  }
}
