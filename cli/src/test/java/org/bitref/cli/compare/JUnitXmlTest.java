package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class JUnitXmlTest {
  private static final String ODD = "x<y> & \"z\"\u0001";

  @TempDir Path temp;

  private Path dump(String file, TensorEntry... entries) {
    Path path = temp.resolve(file);
    SafetensorsWriter.write(path, Map.of(), List.of(entries), false);
    return path;
  }

  private static TensorEntry entry(String name, float... values) {
    return TensorEntry.of(name, Tensor.ofFloats(Shape.of(values.length), values));
  }

  private static Element parse(Path file) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(file.toFile())
        .getDocumentElement();
  }

  private static Element only(Element parent, String tag) {
    NodeList all = parent.getElementsByTagName(tag);
    assertEquals(1, all.getLength(), tag);
    return (Element) all.item(0);
  }

  @Test
  void everyTensorIsATestCase() throws Exception {
    Path a = dump("a.safetensors", entry("logits", 1, 2), entry(ODD, 1, 2), entry("u", 1));
    Path b = dump("b.safetensors", entry("logits", 1, 2), entry(ODD, 1, 3), entry("v", 1));
    Path xml = temp.resolve("report.xml");
    Cli.run("compare", a, b, "--allow-missing", "[uv]", "--junit", xml).exits(1);
    Element root = parse(xml);
    assertEquals("testsuites", root.getTagName());
    Element suite = only(root, "testsuite");
    for (Element counted : List.of(root, suite)) {
      assertEquals("4", counted.getAttribute("tests"));
      assertEquals("1", counted.getAttribute("failures"));
      assertEquals("0", counted.getAttribute("errors"));
      assertTrue(Double.parseDouble(counted.getAttribute("time")) > 0);
    }
    // Jenkins' schema knows no other attributes of the root.
    assertEquals(5, root.getAttributes().getLength());
    assertEquals("2", suite.getAttribute("skipped"));
    NodeList cases = suite.getElementsByTagName("testcase");
    assertEquals(4, cases.getLength());
    Element good = (Element) cases.item(0);
    assertEquals("logits", good.getAttribute("name"));
    assertEquals("bitref.compare.b_safetensors", good.getAttribute("classname"));
    assertFalse(good.hasChildNodes());
    Element bad = (Element) cases.item(1);
    assertEquals("x<y> & \"z\"\\u0001", bad.getAttribute("name"));
    Element failure = only(bad, "failure");
    assertEquals("unequal 1, needs equal", failure.getAttribute("message"));
    assertTrue(failure.getTextContent().contains("max_ulp 4194304\n"), failure.getTextContent());
    assertTrue(
        failure.getTextContent().contains("at [1]: A 2.0 (40000000), B 3.0 (40400000), 4.2e+06"),
        failure.getTextContent());
    assertEquals("only in A", only((Element) cases.item(2), "skipped").getAttribute("message"));
    assertEquals("only in B", only((Element) cases.item(3), "skipped").getAttribute("message"));
  }

  @Test
  void theRulesDecide() throws Exception {
    Path a = dump("a.safetensors", entry("x", 1), entry("y", 1));
    Path b = dump("b.safetensors", entry("x", 1.5f), entry("y", 1));
    Path rules =
        Files.writeString(
            temp.resolve("r.json"),
            "{\"rules\": [{\"tensors\": \"x\", \"require\": \"max_abs <= 0.5\"}]}");
    Path xml = temp.resolve("report.xml");
    Cli.run("compare", a, b, "--junit", xml, "--rules", rules).exits(1);
    Element failure = only(parse(xml), "failure");
    assertEquals("y", ((Element) failure.getParentNode()).getAttribute("name"));
    assertEquals("bitref.norule", failure.getAttribute("type"));
    assertEquals("no rule fits its name", failure.getAttribute("message"));
  }

  @Test
  void anExistingFileIsKeptUnlessForced() throws Exception {
    Path a = dump("a.safetensors", entry("x", 1));
    Path xml = Files.writeString(temp.resolve("report.xml"), "mine");
    assertTrue(Cli.run("compare", a, a, "--junit", xml).exits(3).err().contains("--force"));
    assertEquals("mine", Files.readString(xml));
    Cli.run("compare", a, a, "--junit", xml, "--force").exits(0);
    assertEquals("0", parse(xml).getAttribute("failures"));
    Path nowhere = temp.resolve("none").resolve("x.xml");
    assertTrue(Cli.run("compare", a, a, "--junit", nowhere).exits(3).err().contains("Create it"));
  }
}
