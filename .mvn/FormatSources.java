import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Checks or corrects the layout of all Java files under some directories; run by the root pom. */
final class FormatSources {
  private FormatSources() {}

  public static void main(String[] args) throws Exception {
    boolean write = args[0].equals("write");
    List<String> files = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      addJavaFiles(Path.of(args[i]), files);
    }
    if (files.isEmpty()) {
      return;
    }
    List<String> options = new ArrayList<>();
    if (write) {
      options.add("--replace");
    } else {
      options.addAll(List.of("--dry-run", "--set-exit-if-changed"));
    }
    options.addAll(files);
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = new Main(out, err, System.in).format(options.toArray(String[]::new));
    out.flush();
    err.flush();
    if (status != 0 && !write) {
      System.err.println(
          "The files named above are not laid out as google-java-format does;"
              + " correct them with: mvn -N -Pformat validate");
    }
    System.exit(status);
  }

  private static void addJavaFiles(Path dir, List<String> files) throws IOException {
    if (!Files.isDirectory(dir)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(dir)) {
      paths
          .filter(p -> p.toString().endsWith(".java"))
          .map(Path::toString)
          .sorted()
          .forEach(files::add);
    }
  }
}
