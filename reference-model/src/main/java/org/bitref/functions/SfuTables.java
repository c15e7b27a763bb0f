package org.bitref.functions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    InputStream in = SfuTables.class.getResourceAsStream(RESOURCE);
    if (in == null) {
      throw new IllegalStateException("resource " + RESOURCE + " is missing");
    }
    try (Reader reader = new InputStreamReader(in, StandardCharsets.US_ASCII)) {
      return read(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, Quadratic> read(Reader source) throws IOException {
    Map<String, Quadratic> tables = new HashMap<>();
    BufferedReader lines = new BufferedReader(source);
    for (String line = next(lines); line != null; line = next(lines)) {
      Shape shape = shape(line);
      List<int[]> rows = new ArrayList<>();
      for (int i = 0; i < shape.segments(); i++) {
        rows.add(row(next(lines), shape.name()));
      }
      tables.put(shape.name(), new Quadratic(shape, rows));
    }
    return tables;
  }

  private static Shape shape(String line) throws IOException {
    String[] words = line.split(" +", -1);
    if (words.length != 9 || !words[0].equals("table")) {
      throw new IOException("not a table's first line: " + line);
    }
    int[] n = new int[9];
    for (int i = 2; i < 9; i++) {
      n[i] = Integer.parseInt(words[i]);
    }
    return new Shape(words[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]);
  }

  private static int[] row(String line, String name) throws IOException {
    String[] words = line == null ? new String[0] : line.split(" +", -1);
    if (words.length != 3) {
      throw new IOException("table " + name + " breaks off at: " + line);
    }
    return new int[] {
      Integer.parseInt(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2])
    };
  }

  /** The next line that says something, or null. */
  private static String next(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null && (line.isBlank() || line.startsWith("#"))) {
      line = lines.readLine();
    }
    return line == null ? null : line.strip();
  }
}
