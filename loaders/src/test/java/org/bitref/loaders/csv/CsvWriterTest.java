package org.bitref.loaders.csv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.csv.CsvWriter.Column;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvWriterTest {
  @TempDir Path folder;

  private record Row(String name, long total, Double worst) {}

  private static final List<Column<Row>> COLUMNS =
      List.of(
          new Column<>("name", Row::name),
          new Column<>("total, all", Row::total),
          new Column<>("worst", Row::worst));

  @Test
  void cellsAreQuotedWhereTheyMustBe() throws IOException {
    Path file = folder.resolve("a.csv");
    List<Row> rows =
        List.of(
            new Row("caf\u00e9", 1, 0.5),
            new Row("a \"b\"\n,", -2, Double.NaN),
            new Row("", 3, null));
    CsvWriter.write(file, COLUMNS, rows, false);
    assertEquals(
        "name,\"total, all\",worst\r\ncaf\u00e9,1,0.5\r\n\"a \"\"b\"\"\n,\",-2,NaN\r\n,3,\r\n",
        Files.readString(file));
  }

  @Test
  void nothingIsLeftOfWhatFails() {
    Path file = folder.resolve("a.csv");
    List<Row> rows = List.of(new Row("\ud800", 1, 0.5));
    Refusal.expect(() -> CsvWriter.write(file, COLUMNS, rows, false), "not valid Unicode");
    assertTrue(Files.notExists(file));
    CsvWriter.write(file, COLUMNS, List.of(), false);
    Refusal.expect(() -> CsvWriter.write(file, COLUMNS, rows, false), "exists already");
  }
}
