package org.bitref.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.bitref.loaders.Sources;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of library.md compiles against both libraries and prints what the page says. */
class LibraryExampleTest {
  private static final Path DEMO = Path.of(System.getProperty("bitref.demo.data"));
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern OUTPUT = Pattern.compile("(?m)it prints\n\n {4}(.*)$");

  @TempDir Path folder;

  @Test
  void theExampleOfThePageRuns() throws IOException, InterruptedException {
    String page = Files.readString(DEMO.resolve("../../reference-model/docs/library.md"));
    Path source = folder.resolve("Example.java");
    Files.writeString(source, found(EXAMPLE, page));
    compile(source);
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                folder + System.getProperty("path.separator") + classPath(),
                "Example",
                DEMO.resolve("tensorrt-gemm-h100.safetensors").toString())
            .redirectError(folder.resolve("err").toFile())
            .redirectOutput(out.toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> read(folder.resolve("err")));
    assertEquals(found(OUTPUT, page), read(out).strip());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String found(Pattern pattern, String page) {
    Matcher matcher = pattern.matcher(page);
    assertTrue(matcher.find(), () -> "library.md has no " + pattern);
    return matcher.group(1);
  }

  /** Where both libraries and what they need come from. */
  private static String classPath() {
    return Stream.of(Tensor.class, Sources.class, JsonFactory.class, ZipFile.class)
        .map(type -> Path.of(URI.create(location(type))).toString())
        .collect(Collectors.joining(System.getProperty("path.separator")));
  }

  private static String location(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation().toString();
  }

  private void compile(Path source) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              "-proc:none",
              "-Xlint:all,-path",
              "-Werror",
              "-d",
              folder.toString(),
              "-cp",
              classPath());
      boolean done =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      assertTrue(done, messages::toString);
    }
  }
}
