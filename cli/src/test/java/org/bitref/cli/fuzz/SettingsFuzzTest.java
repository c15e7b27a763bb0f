package org.bitref.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import org.bitref.cli.Cli;
import org.bitref.cli.Shown;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damages the files that steer a command, and runs it: they are used or refused, in an exit code of
 * ours, with little memory, and nothing that is said does harm where it is shown. The properties
 * {@code bitref.fuzz.setting} and {@code bitref.fuzz.seed} rerun one mutant.
 */
class SettingsFuzzTest {
  /** More than any of the commands takes on the valid file. */
  private static final long MEMORY = 256 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;
  private volatile long current;

  @ParameterizedTest
  @EnumSource
  void aFewMutants(Setting setting) {
    fuzz(setting, 12);
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource
  void manyMutants(Setting setting) {
    fuzz(setting, 2_500);
  }

  private void fuzz(Setting setting, int count) {
    Long only = Long.getLong("bitref.fuzz.seed");
    String wanted = System.getProperty("bitref.fuzz.setting", setting.name());
    assumeTrue(wanted.equals(setting.name()), () -> "only " + wanted + " is asked for");
    assertTimeoutPreemptively(
        Duration.ofSeconds(60 + count / 10),
        () -> {
          String valid = setting.valid(folder);
          Cli run = setting.read(folder, valid);
          assertTrue(run.code() <= 1 || setting.isHalf(), run::toString);
          int refused = 0;
          for (long seed = only == null ? 0 : only;
              seed < (only == null ? count : only + 1);
              seed++) {
            current = seed;
            refused += isRefused(setting, new TextMutator(seed).mutate(valid)) ? 1 : 0;
          }
          if (count > 1000) {
            System.out.println(setting + ": " + count + " mutants, " + refused + " refused");
          }
        },
        () -> setting + " hangs at seed " + current);
  }

  private boolean isRefused(Setting setting, String mutant) throws IOException {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Cli run = setting.read(folder, mutant);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    String what = setting + ", seed " + current;
    Shown.assertHarmless(run, what);
    assertTrue(allocated < MEMORY, () -> what + " allocated " + allocated);
    assertEquals(run.code() == 2 || run.code() == 3, run.out().isEmpty(), what);
    return run.code() > 1;
  }
}
