package org.bitref.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;

/** What a table has to say of where it was made. */
final class Machine {
  /**
   * Of every JVM that is timed: those of the launcher. ONNX Runtime overflows the default stack,
   * and so ends the process, when it reads a model.
   */
  static final List<String> FLAGS =
      List.of(
          "--add-modules=jdk.incubator.vector",
          "-XX:+UseParallelGC",
          "-Xmx4g",
          "-Xss8m",
          "--sun-misc-unsafe-memory-access=allow");

  private Machine() {}

  static String describe(int threads) {
    return hardware(threads) + ", " + java();
  }

  /** The JDK and its options. */
  static String java() {
    return "JDK " + Runtime.version() + ", " + String.join(" ", FLAGS);
  }

  /** The date, the processor, and how busy it is. */
  static String hardware(int threads) {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    int cores = Runtime.getRuntime().availableProcessors();
    return String.format(
        Locale.ROOT,
        "%s, %s, %d cores, %d threads, load %.1f%s",
        LocalDate.now(ZoneOffset.UTC),
        processor(),
        cores,
        threads,
        load,
        load > 0.5 ? " (loaded machine: trust ratios only)" : "");
  }

  /** True if the system says so. */
  static boolean hasAvx512() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo")).contains(" avx512f ");
    } catch (IOException e) {
      return false;
    }
  }

  /** The processor's own name where the system tells it. */
  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 2))
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
