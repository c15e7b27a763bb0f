package org.bitref.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.bitref.cli.Cli;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MarkdownTest {
  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '"',
      textBlock =
          """
          q_proj of trt_fp16 => q_proj of trt_fp16
          _name_             => \\_name\\_
          a*b*c              => a\\*b\\*c
          <img src=x>        => \\<img src=x\\>
          [a](b)             => \\[a\\](b)
          - item             => \\- item
          1e-5               => 1e-5
          # a                => \\# a
          a|b                => a\\|b
          """)
  void foreignTextMakesNoMarkup(String words, String escaped) {
    Markdown text = new Markdown();
    text.paragraph(words);
    assertEquals(escaped + "\n", text.toString());
  }

  @Test
  void headingsOfTablesAreEscapedAsCellsAre() {
    Markdown text = new Markdown();
    text.table(Table.of(List.of("x|y")).column("|A-B|", row -> row).column("n", String::length));
    assertEquals("| \\|A-B\\| | n |\n| --- | --- |\n| x\\|y | 3 |\n", text.toString());
  }

  @Test
  void codeWithTicksHasALongerFence() {
    Markdown text = new Markdown();
    text.code("a ```` b");
    assertEquals("`````\na ```` b\n`````\n", text.toString());
  }

  @Test
  void threeCommandsHaveASummary() {
    Object demo = Cli.DEMO.resolve("hf-cpu-bf16-eager.safetensors");
    String compared = Cli.run("compare", demo, demo, "--format", "markdown").exits(0).out();
    assertTrue(
        compared.startsWith("### bitref compare: equal\n\n**Verdict:** Equal: all 56"), compared);
    String identified =
        Cli.run(
                "identify",
                Cli.DEMO.resolve("tensorrt-gemm-h100.safetensors"),
                "--x=q3006.x",
                "--w=q3006.w",
                "--y=q3006.y.trt_strong",
                "--format=markdown")
            .exits(0)
            .out();
    assertTrue(identified.startsWith("### bitref identify: IDENTIFIED of q3006.y"), identified);
    assertTrue(identified.contains("\n```\nin=f16 | fda(w=16"), identified);
  }

  @ParameterizedTest
  @ValueSource(strings = {"inspect", "recipes", "demo"})
  void othersRefuseBeforeTheyBegin(String command) {
    Cli run = Cli.run(command, "--format", "markdown").exits(2);
    assertEquals("", run.out());
    assertTrue(
        run.err().contains("it is of compare, explain and identify")
            || run.err().contains("Missing required"),
        run.err());
  }
}
