package org.bitref.cli.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** A page as a reader has it. */
public final class WebPage {
  private final String html;
  private final Document document;

  private WebPage(String html) {
    this.html = html;
    try {
      this.document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(html)));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new AssertionError("not well formed", e);
    }
  }

  /** Reads a page; it must be well formed and need nothing else. */
  public static WebPage of(String html) {
    WebPage page = new WebPage(html);
    assertTrue(html.startsWith("<!DOCTYPE html>") && html.endsWith("</html>\n"));
    for (String tag : List.of("link", "img", "iframe", "object", "image", "use", "a")) {
      assertEquals(0, page.document.getElementsByTagName(tag).getLength(), tag);
    }
    assertEquals(1, page.texts("script").size(), "one script, in the page");
    assertTrue(html.contains("\n<script>\n"), "without a source");
    String style = page.texts("style").getFirst();
    assertFalse(style.contains("url(") || style.contains("@import"), style);
    return page;
  }

  /** The same of a file. */
  public static WebPage read(Path file) {
    try {
      return of(Files.readString(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What is in the file. */
  public String html() {
    return html;
  }

  /** The texts of all elements of this kind. */
  public List<String> texts(String tag) {
    NodeList nodes = document.getElementsByTagName(tag);
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }

  /** The rows of all tables, cells divided by a bar. */
  public List<String> rows() {
    NodeList rows = document.getElementsByTagName("tr");
    List<String> all = new ArrayList<>();
    for (int i = 0; i < rows.getLength(); i++) {
      NodeList cells = rows.item(i).getChildNodes();
      all.add(
          IntStream.range(0, cells.getLength())
              .mapToObj(j -> cells.item(j).getTextContent())
              .collect(Collectors.joining("|")));
    }
    return all;
  }

  /** Expects a text somewhere. */
  public void says(String text) {
    assertTrue(document.getDocumentElement().getTextContent().contains(text), text);
  }
}
