package org.bitref.captures;

import java.util.Arrays;
import java.util.List;

/** Tables written as text: a row a line, fields between semicolons. */
final class Lines {
  private Lines() {}

  static List<List<String>> of(String table) {
    return table.lines().map(Lines::fields).toList();
  }

  private static List<String> fields(String line) {
    return Arrays.stream(line.split(";", -1)).map(String::strip).toList();
  }
}
