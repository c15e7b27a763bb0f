package org.bitref.loaders.fuzz;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.bitref.BadInputException;
import org.bitref.loaders.Refusal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damages valid files at random and reads them: they are read or refused, nothing else. The
 * properties {@code bitref.fuzz.victim} and {@code bitref.fuzz.seed} rerun one mutant.
 */
class FuzzTest {
  /**
   * What a reader may allocate beside a small multiple of the file: buffers of fixed size, classes,
   * messages. A file of a few hundred bytes that claims more than this has been believed.
   */
  private static final long OVERHEAD = 4 << 20;

  /** Files that other tests may have open at the same time. */
  private static final long OPEN = 100;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;
  private volatile long current;

  @ParameterizedTest
  @EnumSource
  void aFewMutants(Victim victim) {
    fuzz(victim, 350);
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource
  void manyMutants(Victim victim) {
    fuzz(victim, 37_000);
  }

  private void fuzz(Victim victim, int count) {
    Long only = Long.getLong("bitref.fuzz.seed");
    long first = only == null ? 0 : only;
    long last = only == null ? count - 1 : only;
    String wanted = System.getProperty("bitref.fuzz.victim", victim.name());
    assumeTrue(wanted.equals(victim.name()), () -> "only " + wanted + " is asked for");
    assertTimeoutPreemptively(
        Duration.ofSeconds(60 + count / 100),
        () -> {
          byte[] valid = victim.valid(folder);
          victim.read(folder.resolve(victim.file));
          int refused = 0;
          long open = openFiles();
          for (long seed = first; seed <= last; seed++) {
            current = seed;
            refused += isRefused(victim, victim.mutant(valid, seed)) ? 1 : 0;
          }
          int done = refused;
          long left = openFiles() - open;
          assertTrue(left < OPEN, () -> left + " files left open by " + victim);
          if (count > 1000) {
            System.out.println(victim + ": " + count + " mutants, " + refused + " refused");
          }
          assertTrue(
              only != null || done > count / 4, () -> "only " + done + " of " + count + " refused");
        },
        () -> "a reader hangs. " + rerun(victim));
  }

  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getOpenFileDescriptorCount()
        : 0;
  }

  private boolean isRefused(Victim victim, byte[] mutant) throws IOException {
    // A fresh file each time: an old one may still be mapped.
    Path path = folder.resolve(victim.file);
    Files.deleteIfExists(path);
    Files.write(path, mutant);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    boolean refused = false;
    try {
      victim.read(path);
    } catch (BadInputException e) {
      Refusal.checkForm(e.getMessage());
      refused = true;
    } catch (Throwable e) {
      throw new AssertionError("not refused but failed. " + rerun(victim), e);
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(
        allocated < OVERHEAD + 50L * mutant.length,
        () -> allocated + " bytes allocated for " + mutant.length + ". " + rerun(victim));
    return refused;
  }

  private String rerun(Victim victim) {
    return "Rerun: mvn -pl loaders -am test -Dtest=FuzzTest#aFewMutants"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Dbitref.fuzz.victim="
        + victim
        + " -Dbitref.fuzz.seed="
        + current;
  }
}
