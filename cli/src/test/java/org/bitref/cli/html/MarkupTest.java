package org.bitref.cli.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Markup;
import org.bitref.compare.UlpHistogram.Bucket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkupTest {
  private static final String NASTY = "</td><script>alert('x' & \"y\")</script>]]>";

  @TempDir private Path temp;

  @Test
  void everyTextIsEscaped() {
    Markup body = new Markup();
    body.element("p", NASTY, "title", NASTY);
    body.openTable(NASTY, "b");
    body.row("td", NASTY, "\u0000\u001b\uFFFE\uD800");
    body.closeTable();
    Bars.write(body, NASTY, List.of(new Bucket(5, 8, 3), new Bucket(9, 16, 0)));
    Origin.metadata(body, Map.of(NASTY, NASTY, "long", NASTY.repeat(9)));
    WebPage page = WebPage.of(Page.of(NASTY, body));
    assertEquals(List.of(NASTY), page.texts("h1"));
    assertEquals(List.of(NASTY), page.texts("title"));
    assertTrue(
        page.rows().contains(NASTY + "|\\u0000\\u001b\\ufffe\\ud800"), page.rows().toString());
    assertTrue(page.texts("pre").contains(NASTY.repeat(9)));
  }

  @Test
  void whatIsOpenMustBeClosed() {
    Markup body = new Markup();
    body.open("p");
    assertThrows(IllegalStateException.class, body::toString);
    body.close();
    assertEquals("<p></p>\n", body.toString());
  }

  @Test
  void shadesAreStepsOfTheLogarithm() {
    Markup body = new Markup();
    double inf = Double.POSITIVE_INFINITY;
    new HeatMap(List.of(List.of(1e-9, 1e-9, 1e-5), List.of(0.0, 1.0, inf))).write(body, "t", "u");
    String map = body.toString();
    map = map.substring(0, map.indexOf("</svg>"));
    assertTrue(map.contains("<path class=\"shade1\" d=\"M0 0h2v1H0z\"/>"), map);
    // 1e-5 is 4 of 9 decades above the least.
    assertTrue(map.contains("<path class=\"shade5\" d=\"M2 0h1v1H2z\"/>"), map);
    assertTrue(map.contains("<path class=\"shade9\" d=\"M1 1h2v1H1z\"/>"), map);
    assertFalse(map.contains("shade2") || map.contains("M0 1"), map);
    assertTrue(body.toString().contains("<span>1.00e-09</span>"));
    assertTrue(body.toString().contains("blank: 0"));
  }

  @Test
  void commandsCanBePastedIntoAShell() {
    Markup body = new Markup();
    List<String> arguments = List.of("explain", "a b.npz", "it's", "$HOME", "--html", "r.html");
    Facts.write(body, arguments, List.of(new Facts.Fact("File", NASTY)));
    List<String> facts = WebPage.of(Page.of("t", body)).texts("dd");
    assertTrue(facts.contains("bitref explain 'a b.npz' 'it'\\''s' '$HOME' --html r.html"));
    assertTrue(facts.contains(NASTY), facts.toString());
    assertTrue(facts.getFirst().matches("\\d{4}-\\d\\d-\\d\\d UTC"), facts.toString());
  }

  /** Without this a page with errors would pass the tests of pages. */
  @Test
  void errorsInTheBrowserAreSeen() throws IOException {
    Path page = temp.resolve("page.html");
    Files.writeString(page, "<!DOCTYPE html><script>console.error('boom'); missing()</script>");
    List<String> console = Chromium.load(page, temp).console();
    assertEquals(2, console.size(), console.toString());
    String wide = "<!DOCTYPE html><body style=\"margin:0\"><p style=\"width:777px\">x</p></body>";
    assertEquals(377, Chromium.excess(wide, temp));
  }
}
