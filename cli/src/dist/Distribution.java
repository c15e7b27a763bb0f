import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.bitref.cli.Main;

/**
 * Makes the archive to install from the built jars: a JDK image, launchers, completions, the manual
 * page, guides, demo data. Run by the profile "dist" of the cli on the class path of the program.
 */
final class Distribution {
  /** What the program and its libraries use; found with jdeps, and by running the demo. */
  private static final String MODULES =
      "java.base,java.logging,java.xml,jdk.incubator.vector,jdk.management,jdk.unsupported";

  private final Path root;
  private final Path home;
  private final FileTime time;

  private Distribution(Path root, Path home, FileTime time) {
    this.root = root;
    this.home = home;
    this.time = time;
  }

  /** Arguments: root of the project, version, time stamp of all files, folder of jmods or "". */
  public static void main(String[] args) throws Exception {
    Path root = Path.of(args[0]);
    Path dist = root.resolve("cli/target/dist");
    deleteTree(dist);
    Files.createDirectories(dist);
    String jmods = args.length > 3 ? args[3] : "";
    Path image = dist.resolve("runtime");
    link(jmods, image);
    String name = "bitref-%s-%s".formatted(args[1], platform(image));
    Path home = dist.resolve(name);
    Files.createDirectory(home);
    Files.move(image, home.resolve("runtime"));
    Distribution made = new Distribution(root, home, FileTime.from(Instant.parse(args[2])));
    made.copyFiles(args[1]);
    made.setTimes();
    if (jmods.isEmpty()) {
      made.writeStartCache();
      made.setTimes();
    }
    Path archive = dist.resolve(name + ".tar.gz");
    made.pack(archive);
    System.out.printf(Locale.ROOT, "%s, %.1f MiB%n", archive, Files.size(archive) / 1048576.0);
  }

  private static void link(String jmods, Path image) {
    List<String> arguments = new ArrayList<>();
    if (!jmods.isEmpty()) {
      arguments.addAll(List.of("--module-path", jmods));
    }
    arguments.addAll(
        List.of("--add-modules", MODULES, "--output", image.toString(), "--strip-debug"));
    arguments.addAll(List.of("--no-header-files", "--no-man-pages"));
    ToolProvider jlink =
        ToolProvider.findFirst("jlink")
            .orElseThrow(() -> new IllegalStateException("this JDK has no jlink"));
    if (jlink.run(System.out, System.err, arguments.toArray(String[]::new)) != 0) {
      throw new IllegalStateException("jlink could not make the image; its reason stands above");
    }
  }

  /** For example {@code linux-x86_64}, from what the image says of itself. */
  private static String platform(Path image) throws IOException {
    Properties release = new Properties();
    try (InputStream in = Files.newInputStream(image.resolve("release"))) {
      release.load(in);
    }
    String system = release.getProperty("OS_NAME", System.getProperty("os.name"));
    String arch = release.getProperty("OS_ARCH", System.getProperty("os.arch"));
    return (system + "-" + arch)
        .replace("\"", "")
        .replace("amd64", "x86_64")
        .toLowerCase(Locale.ROOT);
  }

  private void copyFiles(String version) throws IOException {
    copyTree(root.resolve("cli/target/lib"), home.resolve("lib"));
    Files.move(
        home.resolve("lib/bitref-cli-" + version + ".jar"), home.resolve("lib/bitref-cli.jar"));
    for (String file : List.of("README.md", "LICENSE")) {
      Files.copy(root.resolve(file), home.resolve(file));
    }
    for (String folder : List.of("cli/demo", "cli/docs", "reference-model/docs")) {
      copyTree(root.resolve(folder), home.resolve(folder));
    }
    for (String launcher : List.of("bitref", "bitref.cmd")) {
      Path target = Files.createDirectories(home.resolve("bin")).resolve(launcher);
      Files.copy(
          root.resolve("cli/src/dist").resolve(launcher),
          target,
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    Files.copy(root.resolve("cli/src/dist/start.sh"), home.resolve("lib/start.sh"));
    write("share/bash-completion/completions/bitref", "completion", "bash");
    write("share/zsh/site-functions/_bitref", "completion", "zsh");
    write("share/fish/vendor_completions.d/bitref.fish", "completion", "fish");
    write("share/man/man1/bitref.1", "man");
  }

  /** Writes what the program prints. */
  private void write(String file, String... arguments) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    if (Main.run(arguments, out, err) != 0) {
      throw new IllegalStateException("cannot make " + file);
    }
    Path target = home.resolve(file);
    Files.createDirectories(target.getParent());
    Files.write(target, out.toByteArray());
  }

  /** The image starts faster with it. It holds for these time stamps of the jars. */
  private void writeStartCache() throws IOException, InterruptedException {
    Path cache = home.resolve("lib/start.aot");
    ProcessBuilder start = new ProcessBuilder(home.resolve("bin/bitref").toString(), "--help");
    start.environment().put("BITREF_OPTS", "-XX:AOTCacheOutput=" + cache);
    start.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    if (start.start().waitFor() != 0 || !Files.exists(cache)) {
      throw new IllegalStateException("the image does not start");
    }
    Files.deleteIfExists(home.resolve("lib/start.aot.config"));
  }

  private void setTimes() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.filter(f -> !Files.isSymbolicLink(f)).toList()) {
        Files.setLastModifiedTime(file, time);
      }
    }
  }

  private void pack(Path archive) throws IOException {
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(archive));
        GzipCompressorOutputStream gzip = new GzipCompressorOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip);
        Stream<Path> files = Files.walk(home)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Path path : files.sorted().toList()) {
        add(tar, path);
      }
    }
  }

  private void add(TarArchiveOutputStream tar, Path path) throws IOException {
    String name = home.getParent().relativize(path).toString().replace('\\', '/');
    TarArchiveEntry entry =
        Files.isSymbolicLink(path)
            ? new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK)
            : new TarArchiveEntry(path.toFile(), name);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setModTime(time);
    if (entry.isSymbolicLink()) {
      entry.setLinkName(Files.readSymbolicLink(path).toString().replace('\\', '/'));
    } else {
      entry.setMode(Files.isDirectory(path) || Files.isExecutable(path) ? 0755 : 0644);
    }
    tar.putArchiveEntry(entry);
    if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.copy(path, tar);
    }
    tar.closeArchiveEntry();
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
