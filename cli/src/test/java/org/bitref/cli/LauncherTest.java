package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The script {@code bitref} of a checkout, with a JDK and a Maven that only say what was asked. It
 * is for POSIX shells; Windows has bitref.cmd.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  private static final Instant EARLIER = Instant.parse("2025-01-01T00:00:00Z");

  @TempDir Path home;
  private Path jar;
  private Path source;
  private long pid;

  @BeforeEach
  void checkout() throws IOException {
    Files.copy(Cli.DEMO.resolve("../../bitref"), home.resolve("bitref"));
    Path shared = Files.createDirectories(home.resolve("cli/src/dist")).resolve("start.sh");
    Files.copy(Cli.DEMO.resolve("../src/dist/start.sh"), shared);
    source = write("cli/src/main/java/A.java", "class A {}");
    write("reference-model/src/main/java/B.java", "class B {}");
    write("loaders/src/main/java/C.java", "class C {}");
    for (String pom :
        new String[] {"pom.xml", "reference-model/pom.xml", "loaders/pom.xml", "cli/pom.xml"}) {
      write(pom, "");
    }
    jar = write("cli/target/lib/bitref-cli-1.jar", "");
    write("jdk/release", "JAVA_VERSION=\"25.0.3\"\n");
    script("jdk/bin/javac", "exit 1");
    script("jdk/bin/java", "for word; do last=$word; done; echo \"java $last\"");
    script("bin/mvn", "echo \"mvn $*\" >&2; touch cli/target/lib/bitref-cli-1.jar");
  }

  private Path write(String file, String text) throws IOException {
    Path path = home.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.writeString(path, text);
  }

  private void script(String file, String text) throws IOException {
    assertTrue(write(file, "#!/bin/sh\n" + text + "\n").toFile().setExecutable(true));
  }

  private Cli start() throws IOException, InterruptedException {
    return start(Map.of(), "sh", home.resolve("bitref").toString(), "demo");
  }

  /** Runs these words with these variables, and without those that change how a JVM starts. */
  private Cli start(Map<String, String> variables, String... words)
      throws IOException, InterruptedException {
    ProcessBuilder start = new ProcessBuilder(words);
    start.environment().keySet().removeIf(n -> n.matches("LC_.*|LANG|.*JAVA.*|BITREF.*"));
    start.environment().put("JAVA_HOME", home.resolve("jdk").toString());
    start.environment().put("PATH", home.resolve("bin") + ":/usr/bin:/bin");
    start.environment().putAll(variables);
    Path out = home.resolve("out");
    Path err = home.resolve("err");
    Process process = start.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    pid = process.pid();
    return new Cli(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private static void age(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(EARLIER));
  }

  @Test
  void whatIsBuiltIsStarted() throws IOException, InterruptedException {
    ageSources();
    Cli run = start().exits(0);
    assertEquals("java demo\n", run.out());
    assertEquals("", run.err());
  }

  @Test
  void anUpdateThatCanLoseDataIsNotStarted() throws IOException, InterruptedException {
    ageSources();
    for (String version : List.of("25", "25-ea", "25.0.2", "26.0.3")) {
      assertFalse(startsOn(version), version);
    }
    for (String version : List.of("25.0.4", "25.0.10", "25.0.3.1", "25.1.0")) {
      assertTrue(startsOn(version), version);
    }
  }

  /** Whether the JDK of the test is taken; the machine may have another one. */
  private boolean startsOn(String version) throws IOException, InterruptedException {
    write("jdk/release", "JAVA_VERSION=\"" + version + "\"\n");
    return start().out().equals("java demo\n");
  }

  @Test
  void aRuntimeThatCanLoseDataIsNamed() {
    assertEquals(Optional.empty(), Main.warning(Runtime.Version.parse("25.0.3+9-LTS")));
    assertEquals(Optional.empty(), Main.warning(Runtime.Version.parse("26")));
    for (String version : List.of("25+36", "25.0.2+10-LTS")) {
      String text = Main.warning(Runtime.Version.parse(version)).orElseThrow();
      assertTrue(text.startsWith("bitref: Java " + version + " can lose data"), text);
    }
  }

  private void ageSources() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.toList()) {
        age(file);
      }
    }
    Files.setLastModifiedTime(jar, FileTime.from(EARLIER.plusSeconds(1)));
  }

  @Test
  void newerSourcesAreBuiltOnce() throws IOException, InterruptedException {
    ageSources();
    Files.writeString(source, "class A { int changed; }");
    Cli first = start().exits(0);
    assertEquals("java demo\n", first.out());
    assertTrue(first.err().contains("is older than its sources (cli/src/main/java/A.java)"));
    assertTrue(first.err().contains("mvn -B -q"), first.err());
    // Maven may leave a jar as it is: the start of the build counts as well.
    age(jar);
    assertEquals("", start().exits(0).err());
  }

  @Test
  void aSourceThatIsGoneCountsToo() throws IOException, InterruptedException {
    ageSources();
    Files.delete(source);
    assertTrue(start().exits(0).err().contains("is older than its sources (cli/src/main/java)"));
  }

  @Test
  void aBuildThatFailsLeavesNothingStaleBehind() throws IOException, InterruptedException {
    ageSources();
    Files.writeString(source, "class A {");
    script("bin/mvn", "echo broken >&2; exit 1");
    for (int i = 0; i < 2; i++) {
      Cli run = start().exits(69);
      assertEquals("", run.out());
      assertTrue(run.err().contains("the build failed"), run.err());
    }
    assertFalse(Files.exists(jar));
  }

  /** A JDK that says how it was called. */
  private void talkative() throws IOException {
    ageSources();
    script(
        "jdk/bin/java",
        """
        for word; do last=$word; done
        echo "$last $$ $(locale charmap)" | tee -a "$JAVA_HOME/calls"
        """);
  }

  /** Those of the usual shells that are here. */
  static List<List<String>> shells() {
    List<List<String>> all =
        List.of(List.of("dash"), List.of("bash", "--posix"), List.of("busybox", "sh"));
    return all.stream().filter(shell -> Files.exists(Path.of("/bin", shell.getFirst()))).toList();
  }

  private Cli with(List<String> shell, Map<String, String> variables)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(shell);
    words.addAll(List.of(home.resolve("bitref").toString(), "demo"));
    return start(variables, words.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void aJvmThatCannotStartIsNoResult(List<String> shell) throws IOException, InterruptedException {
    ageSources();
    script("jdk/bin/java", "echo \"Picked up X\"; echo \"Unrecognized $*\"; exit 1");
    for (String name : List.of("BITREF_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
      Cli run = with(shell, Map.of(name, "-XX:Nonsense")).exits(69);
      assertEquals("", run.out());
      assertEquals(1, run.err().lines().count(), run.err());
      String expected = "bitref: the JVM does not start: Unrecognized --enable-native";
      assertTrue(run.err().startsWith(expected), run.err());
    }
  }

  @ParameterizedTest
  @MethodSource("shells")
  void theLauncherBecomesTheJvm(List<String> shell) throws IOException, InterruptedException {
    talkative();
    Cli run = with(shell, Map.of("LC_ALL", "C.UTF-8")).exits(0);
    assertEquals("demo " + pid + " UTF-8\n", run.out());
    assertFalse(Files.readString(home.resolve("jdk/calls")).contains("-version "), "no trial");
    // A trial before it where options are given.
    run = with(shell, Map.of("LC_ALL", "C.UTF-8", "BITREF_OPTS", "-Da=*")).exits(0);
    assertEquals("demo " + pid + " UTF-8\n", run.out());
    assertTrue(Files.readString(home.resolve("jdk/calls")).contains("-version "));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void fileNamesAreUtf8AlsoWhereTheLocaleIsAscii(List<String> shell)
      throws IOException, InterruptedException {
    talkative();
    List<Map<String, String>> ascii =
        List.of(
            Map.of(),
            Map.of("LC_ALL", "C"),
            Map.of("LC_ALL", "POSIX", "LANG", "C.UTF-8"),
            Map.of("LANG", "xx_YY.UTF-8"));
    for (Map<String, String> variables : ascii) {
      assertTrue(with(shell, variables).exits(0).out().endsWith(" UTF-8\n"), variables::toString);
    }
  }

  @ParameterizedTest
  @MethodSource("shells")
  @EnabledOnOs(OS.LINUX)
  void aRealJvmThatIsRefusedMemoryIsNoResult(List<String> shell)
      throws IOException, InterruptedException {
    ageSources();
    script("jdk/bin/java", "exec " + System.getProperty("java.home") + "/bin/java \"$@\"");
    String command = "ulimit -v 2000000; exec " + String.join(" ", shell) + " \"$0\" demo";
    Cli run = start(Map.of(), "sh", "-c", command, home.resolve("bitref").toString()).exits(69);
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("Could not reserve enough space"), run.err());
    run = with(shell, Map.of("BITREF_OPTS", "-Xmx999999999999g")).exits(69);
    assertTrue(run.err().contains("Invalid maximum heap size"), run.err());
  }
}
