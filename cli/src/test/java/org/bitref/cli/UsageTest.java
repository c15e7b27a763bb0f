package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTest {
  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "goldn | Did you mean: bitref golden",
        "golden m -o x.npz | --inputs=FILE",
        "golden m --inputs x --layers 3-1 -o x.npz | runs backwards",
        "golden m --inputs x --layers a -o x.npz | write numbers and ranges",
        "golden m --inputs x --layers 1, -o x.npz | write numbers and ranges",
        "golden m --inputs x --recipe hf-bf16 -o x.npz | hf-bf16-eager",
        "golden m --inputs x --stages ( -o x.npz | Unclosed group",
        "golden m --inputs x --chunk 0 -o x.npz | at least 1, not 0",
        "golden m --inputs x --kv-dtype f64 -o x.npz | F16, BF16, E4M3",
        "golden m --inputs x --nope -o x.npz | Unknown option: '--nope'",
        "compare a | B",
        "compare a b --token-block 0 | at least 1, not 0",
        "compare a b --nearest | --nearest",
        "compare a b --recipe nope | recipes are exact",
        "inspect x --threads 0 | at least 1, not 0",
        "inspect x --format yaml | TEXT, JSON",
        "synth --like 9b -o x | known are qwen3-vl-2b",
        "synth --like 2b --layers 0 -o x | from 1 to",
        "synth --like 2b --tokens 0 -o x | from 1 to",
        "recipes show nope | recipes are exact",
        "completion tcsh | BASH, ZSH, FISH",
      })
  void wrongUsageNamesTheAlternative(String line, String hint) {
    Cli run = Cli.run((Object[]) line.split(" ")).exits(2);
    assertEquals("", run.out());
    assertTrue(run.err().contains(hint), run.err());
    assertTrue(run.err().contains("Try: bitref"), run.err());
    assertFalse(run.err().contains("Exception"), run.err());
  }

  @Test
  void noCommandIsWrongUsage() {
    assertTrue(Cli.run().exits(2).err().contains("Missing command"));
  }

  @Test
  void anArgumentFileHoldsArguments() throws IOException {
    Path file = temp.resolve("args");
    Files.writeString(
        file, "inspect\n--format json\n\"" + Cli.MODEL.replace("\\", "\\\\") + "\"\n");
    assertEquals("bitref.inspect/1", Cli.run("@" + file).exits(0).json().get("schema").asText());
  }

  @Test
  void globalOptionsStandBeforeAndAfterTheCommand() {
    String after = Cli.run("inspect", Cli.MODEL, "--format", "json").exits(0).out();
    assertEquals(after, Cli.run("--format", "json", "inspect", Cli.MODEL).exits(0).out());
  }

  @Test
  void aReaderThatHasGoneIsNoError() {
    assertEquals(0, runInto("Broken pipe"));
  }

  @Test
  void anOutputThatCannotBeWrittenIs() {
    assertEquals(3, runInto("No space left on device"));
  }

  private static int runInto(String failure) {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(failure);
          }
        };
    PrintStream err =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Main.run(new String[] {"inspect", Cli.MODEL}, broken, err);
  }
}
