package org.bitref.cli.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.bitref.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
  private static final int ROUNDS = 500;

  @TempDir Path temp;

  @Test
  void theSecondIsToldWhoHoldsIt() throws IOException {
    Path folder = temp.resolve("f");
    try (RunLock lock = RunLock.take(folder)) {
      assertTrue(lock.unsupported().isEmpty());
      Exception refused = assertThrows(BadInputException.class, () -> RunLock.take(folder));
      assertTrue(refused.getMessage().contains("process " + ProcessHandle.current().pid()));
    }
    try (RunLock again = RunLock.take(folder)) {
      again.delete();
    }
    assertFalse(Files.exists(folder.resolve(RunLock.NAME)));
  }

  @Test
  void whatIsNoFolderIsRefused() throws IOException {
    Path file = Files.writeString(temp.resolve("f"), "mine");
    Exception refused = assertThrows(BadInputException.class, () -> RunLock.take(file));
    assertTrue(refused.getMessage().contains("is no folder"), refused.getMessage());
    assertEquals("mine", Files.readString(file));
  }

  /** The lock and its folder are made and deleted all the time, and two never hold it. */
  @Test
  void oneHoldsItWhileFoldersComeAndGo()
      throws InterruptedException, ExecutionException, IOException {
    Path folder = temp.resolve("f");
    AtomicInteger holders = new AtomicInteger();
    Callable<Integer> hold =
        () -> {
          int held = 0;
          for (int i = 0; i < ROUNDS; i++) {
            try (RunLock lock = RunLock.take(folder)) {
              assertEquals(1, holders.incrementAndGet());
              assertTrue(Files.exists(folder.resolve(RunLock.NAME)));
              held++;
              holders.decrementAndGet();
              lock.delete();
              deleteIfEmpty(folder);
            } catch (BadInputException _) {
              // Another holds it.
            }
          }
          return held;
        };
    int held = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(threads.submit(hold));
      }
      for (Future<Integer> one : all) {
        held += one.get();
      }
    }
    assertTrue(held > 0);
  }

  private static void deleteIfEmpty(Path folder) {
    try {
      Files.deleteIfExists(folder);
    } catch (IOException _) {
      // The next one is in it already.
    }
  }
}
