package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bitref.functions.Quadratic.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Catches standard output, which is that of all tests. */
@Isolated
class TableFitTest {
  private static final Map<String, Measured.Unary> CODE =
      Map.of(
          "ex2",
          Sfu::ex2,
          "rcp",
          Sfu::rcp,
          "rsqrt",
          Sfu::rsqrt,
          "lg2",
          Sfu::lg2,
          "sqrt",
          Sfu::sqrt);

  @ParameterizedTest
  @CsvSource({"ex2,1", "rcp,1", "rsqrt,2", "lg2,1", "sqrt,2"})
  void findsTheTableBack(String name, int binades) throws IOException {
    String text = TableFit.fit(name, results(name, binades)).text();
    assertTrue(resource().contains(text), () -> "the table of " + name);
  }

  @Test
  void findsAnotherRoundingConstant() {
    List<int[]> rows = TableFit.fit("rcp", results("rcp", 1)).rows();
    Shape other = new Shape("rcp", 128, 16, 1, 13, 0, 15, 0x1234);
    Quadratic table = new Quadratic(other, rows);
    int[] results = new int[1 << 23];
    Arrays.setAll(results, i -> 0x3e800000 + (int) table.at(i));
    TableFit.Table found = TableFit.fit("rcp", results);
    assertEquals(other, found.shape());
    assertArrayEquals(rows.toArray(), found.rows().toArray());
  }

  @Test
  void refusesResultsOfAnotherStructure() {
    int[] results = results("rcp", 1);
    results[1 << 20] += 3;
    assertThrows(IllegalArgumentException.class, () -> TableFit.fit("rcp", results));
    assertThrows(IllegalArgumentException.class, () -> TableFit.fit("rcp", new int[5]));
    assertThrows(IllegalArgumentException.class, () -> TableFit.fit("sin", results));
    assertThrows(IllegalArgumentException.class, () -> TableFit.main(new String[0]));
  }

  @Test
  void printsTheTableOfAFile(@TempDir Path folder) throws IOException {
    int[] results = results("rcp", 1);
    ByteBuffer bytes = ByteBuffer.allocate(4 * results.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(results);
    Path file = Files.write(folder.resolve("rcp.bin"), bytes.array());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.US_ASCII));
    try {
      TableFit.main(new String[] {"rcp", file.toString()});
    } finally {
      System.setOut(before);
    }
    assertTrue(resource().contains(out.toString(StandardCharsets.US_ASCII)));
  }

  @Test
  void refusesBrokenTables() {
    for (String text : new String[] {"rcp 1", "table rcp 1 16 1 13 0 15 9\n1 2", "table x 1 2 3"}) {
      assertThrows(IOException.class, () -> SfuTables.read(new StringReader(text)));
    }
    assertThrows(
        IOException.class, () -> SfuTables.read(new StringReader("table rcp 1 16 1 13 0 15 9\n")));
    assertThrows(IllegalStateException.class, () -> SfuTables.get("tanh"));
  }

  private static int[] results(String name, int binades) {
    int[] results = new int[binades << 23];
    Measured.Unary code = CODE.get(name);
    for (int i = 0; i < results.length; i++) {
      float x = Float.intBitsToFloat(Float.floatToRawIntBits(1f) + i);
      results[i] = Float.floatToRawIntBits(code.of(x));
    }
    return results;
  }

  private static String resource() throws IOException {
    try (InputStream in = SfuTables.class.getResourceAsStream(SfuTables.RESOURCE)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
