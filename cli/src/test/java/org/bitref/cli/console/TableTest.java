package org.bitref.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bitref.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableTest {
  @TempDir Path folder;

  private record Row(String name, long total, Double worst) {}

  private static Table<Row> table(Row... rows) {
    return Table.of(List.of(rows))
        .column("name", Row::name)
        .column("total, all", Row::total)
        .column("worst", row -> row.worst() == null ? "" : row.worst());
  }

  @Test
  void aLongNameStandsOnItsOwnLine() {
    String longest = "n".repeat(78);
    Table<Row> table =
        Table.of(List.of(new Row("x", 1, 2222.5), new Row(longest, 3, 4.0)))
            .column("name", Row::name)
            .column("a", Row::total)
            .column("b", Row::worst);
    assertEquals(
        "name a      b\nx    1 2222.5\n" + longest + "\n     3    4.0\n", table.toString());
  }

  @Test
  void aPageHasTheSameCells() {
    Markup page = new Markup();
    table(new Row("<a>", 1, 0.5)).words("why", _ -> "so").kinds(Row::name).html(page);
    String cells = "<td>&lt;a&gt;</td><td>1</td><td>0.5</td><td class=\"words\">so</td>";
    assertTrue(
        page.toString().contains("<tr class=\"&lt;a&gt;\">" + cells + "</tr>"), page.toString());
    assertTrue(
        page.toString().contains("<th>name</th><th>total, all</th><th>worst</th><th>why</th>"));
  }

  @Test
  void cellsAreQuotedWhereTheyMustBe() throws IOException {
    Path file = folder.resolve("a.csv");
    table(
            new Row("café", 1, 0.5),
            new Row("a \"b\"\n,\ud800", -2, Double.NaN),
            new Row("", 3, null))
        .csv(file, false);
    assertEquals(
        """
        name,"total, all",worst
        café,1,0.5
        "a ""b""\\u000a,\\ud800",-2,NaN
        "",3,
        """,
        Files.readString(file).replace("\r\n", "\n"));
  }

  @Test
  void noCellIsAFormula() throws IOException {
    Path file = folder.resolve("a.csv");
    List<String> names = List.of("=1+1", "+A1", "-A1", "@SUM(A1)", "\uFF1D1", "-1.5e+3x", "a=1");
    List<Row> rows = names.stream().map(name -> new Row(name, -1, -1.5e-30)).toList();
    table(rows.toArray(Row[]::new)).csv(file, false);
    for (int i = 0; i < names.size(); i++) {
      String name = (names.get(i).startsWith("a") ? "" : "'") + names.get(i);
      assertEquals(name + ",-1,-1.5E-30", Files.readAllLines(file).get(i + 1));
    }
    Table.of(List.of("-1", "+2.50", "-1e-07", "-Infinity", "-inf"))
        .column("x", x -> x)
        .csv(file, true);
    assertEquals("x -1 +2.50 -1e-07 -Infinity -inf", String.join(" ", Files.readAllLines(file)));
  }

  @Test
  void nothingIsLeftOfWhatFails() {
    Path file = folder.resolve("a.csv");
    refused(new Row("a", 1, 0.5), folder.resolve("none").resolve("a.csv"), "no such");
    table().csv(file, false);
    refused(new Row("a", 1, 0.5), file, "exists already");
  }

  private static void refused(Row row, Path file, String why) {
    BadInputException e = assertThrows(BadInputException.class, () -> table(row).csv(file, false));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }
}
