package org.bitref.cli.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A page in a browser without a window.
 *
 * @param dom the document after loading
 * @param console what was written to the console, errors of loading included
 */
public record Chromium(String dom, List<String> console) {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  /** Loads a file; the test is skipped where there is no browser. */
  public static Chromium load(Path page, Path temp) {
    Path dom = temp.resolve("dom");
    Path log = temp.resolve("log");
    try {
      Process process =
          new ProcessBuilder(
                  browser().toString(),
                  "--headless=new",
                  "--no-sandbox",
                  "--disable-gpu",
                  "--host-resolver-rules=MAP * ~NOTFOUND",
                  "--user-data-dir=" + temp.resolve("profile"),
                  "--window-size=500,900",
                  "--enable-logging=stderr",
                  "--v=0",
                  "--dump-dom",
                  page.toUri().toString())
              .redirectOutput(dom.toFile())
              .redirectError(log.toFile())
              .start();
      boolean ended = process.waitFor(60, TimeUnit.SECONDS);
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      assertTrue(ended, "the browser hangs");
      assertEquals(0, process.exitValue(), () -> lines(log).toString());
      return new Chromium(
          Files.readString(dom), lines(log).stream().filter(l -> l.contains(":CONSOLE")).toList());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static List<String> lines(Path log) {
    try {
      return Files.readAllLines(log);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path browser() {
    List<Path> found =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
            .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .toList();
    assumeTrue(!found.isEmpty(), () -> "none of " + NAMES + " is on the PATH");
    return found.getFirst();
  }

  /** By how many pixels a page is too wide for a frame of 400. */
  public static int excess(String html, Path temp) throws IOException {
    Path copy = temp.resolve("measured.html");
    String measure =
        "<script>addEventListener('load', () => { const e = document.documentElement;"
            + " console.log('excess ' + (e.scrollWidth - e.clientWidth) + ';') })</script>";
    Files.writeString(copy, html.replace("</body>", measure + "</body>"));
    Path frame = temp.resolve("frame.html");
    Files.writeString(
        frame,
        "<!DOCTYPE html><iframe src=\"measured.html\" style=\"width:400px;border:0\"></iframe>");
    List<String> console = load(frame, temp).console();
    assertEquals(1, console.size(), console.toString());
    return Integer.parseInt(console.getFirst().replaceFirst(".*excess (\\d+);.*", "$1"));
  }
}
