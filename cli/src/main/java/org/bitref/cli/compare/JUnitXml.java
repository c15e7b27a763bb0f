package org.bitref.cli.compare;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bitref.Text;
import org.bitref.cli.compare.Judgement.Judged;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.TensorComparison.Worst;

/**
 * A comparison as CI systems read test results: a suite for the pair of dumps, a test case for each
 * tensor. A tensor that fails its rule is a failed test with its figures; one that {@code
 * --allow-missing} lets go is a skipped one.
 */
final class JUnitXml {
  private final CompareReport report;
  private final Judgement judgement;
  private final Markup xml = new Markup();
  private final String group;

  private JUnitXml(CompareReport report) {
    this.report = report;
    this.judgement = report.rules().orElseGet(() -> Rules.equality().judge(report.stages()));
    // A dot would end a package's name.
    String file = String.valueOf(Path.of(report.b()).getFileName());
    this.group = "bitref.compare." + file.replace('.', '_');
  }

  /** The report by its rules, or by equality if it has none. */
  static String of(CompareReport report, double seconds) {
    JUnitXml xml = new JUnitXml(report);
    xml.suites(String.format(Locale.ROOT, "%.3f", seconds));
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml.xml;
  }

  private void suites(String seconds) {
    int skipped = report.pairs().onlyA().size() + report.pairs().onlyB().size();
    String tests = String.valueOf(judgement.tensors().size() + skipped);
    String failed = String.valueOf(judgement.failed().size());
    List<String> counts =
        List.of("tests", tests, "failures", failed, "errors", "0", "time", seconds);
    open("testsuites", List.of("name", "bitref compare"), counts);
    // Jenkins' schema (xunit-plugin, junit-10.xsd) has "skipped" for a suite only.
    String pair = report.a() + " against " + report.b();
    open("testsuite", List.of("name", pair, "skipped", String.valueOf(skipped)), counts);
    for (int i = 0; i < judgement.tensors().size(); i++) {
      tensor(report.stages().get(i), judgement.tensors().get(i));
    }
    missing(report.pairs().onlyA(), "only in A");
    missing(report.pairs().onlyB(), "only in B");
    xml.element("system-out", report.reason());
    xml.close();
    xml.close();
  }

  private void open(String tag, List<String> own, List<String> counts) {
    xml.open(tag, Stream.concat(own.stream(), counts.stream()).toArray(String[]::new));
  }

  private void tensor(StageResult stage, Judged judged) {
    xml.open("testcase", "name", stage.name(), "classname", group);
    if (!judged.holds()) {
      String type = judged.pattern().isEmpty() ? "bitref.norule" : "bitref.rule";
      xml.block("failure", figures(stage, judged), "message", judged.reason(), "type", type);
    }
    xml.close();
  }

  private void missing(List<String> names, String where) {
    for (String name : names) {
      xml.open("testcase", "name", name, "classname", group);
      xml.empty("skipped", "message", where);
      xml.close();
    }
  }

  private static String figures(StageResult stage, Judged judged) {
    StringBuilder text = new StringBuilder("\n");
    judged.pattern().ifPresent(pattern -> text.append("rule ").append(Text.line(pattern)));
    judged.require().ifPresent(require -> text.append(": ").append(require).append('\n'));
    TensorComparison c = stage.figures();
    String total = Numbers.count(c.total(), "element");
    text.append("%s of %s, ULP of %s\n".formatted(c.unequal(), total, c.dtype()));
    for (Figure figure : Figure.values()) {
      text.append(figure.text(figure.number(stage))).append('\n');
    }
    for (Worst worst : c.worst()) {
      String a = "A %s (%s)".formatted(Numbers.exact(worst.a()), worst.aBits());
      String b = "B %s (%s)".formatted(Numbers.exact(worst.b()), worst.bBits());
      text.append("at %s: %s, %s, %s ULP\n".formatted(worst.at(), a, b, Numbers.ulps(worst.ulp())));
    }
    return text.toString();
  }
}
