package org.bitref.cli.explain;

/** An explanation as a web page. */
final class ExplainPage {
  private ExplainPage() {}

  static String of(ExplainReport report) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<title>bitref explain</title>\n</head>\n<body>\n<pre>\n"
        + report.text().replace("&", "&amp;").replace("<", "&lt;")
        + "</pre>\n</body>\n</html>\n";
  }
}
