package org.bitref.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void coversEachIndexOnceInPiecesOfTheGrain(int threads) {
    try (Workers workers = new Workers(threads)) {
      assertEquals(threads, workers.threads());
      for (int n : new int[] {0, 1, 2, 3, 7, 8, 9, 64, 1000}) {
        for (int grain : new int[] {1, 2, 3, 8, 999, 1000, 1001, Integer.MAX_VALUE}) {
          AtomicIntegerArray visits = new AtomicIntegerArray(n);
          AtomicInteger pieces = new AtomicInteger();
          workers.forEach(
              n,
              grain,
              (from, to) -> {
                assertTrue(from < to && to - from <= grain && from % grain == 0);
                pieces.incrementAndGet();
                for (int i = from; i < to; i++) {
                  visits.incrementAndGet(i);
                }
              });
          for (int i = 0; i < n; i++) {
            assertEquals(1, visits.get(i), "index " + i + " of " + n + " by " + grain);
          }
          assertEquals(Math.ceilDiv((long) n, grain), pieces.get(), n + " by " + grain);
        }
      }
    }
  }

  @Test
  void theEndOfTheIntsIsNoOverflow() {
    int n = Integer.MAX_VALUE;
    List<String> pieces = new ArrayList<>();
    try (Workers workers = new Workers(1)) {
      workers.forEach(n, 1 << 30, (from, to) -> pieces.add(from + "-" + to));
    }
    assertEquals(List.of("0-" + (1 << 30), (1 << 30) + "-" + n), pieces);
  }

  @Test
  void oneThreadIsTheCaller() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (Workers workers = new Workers(1)) {
      workers.forEach(100, 1, (from, to) -> seen.add(Thread.currentThread()));
    }
    assertEquals(Set.of(Thread.currentThread()), seen);
  }

  @Test
  void aSinglePieceRunsOnTheCaller() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (Workers workers = new Workers(4)) {
      for (int i = 0; i < 50; i++) {
        workers.forEach(100, 100, (from, to) -> seen.add(Thread.currentThread()));
      }
    }
    assertEquals(Set.of(Thread.currentThread()), seen);
  }

  /** Each of the three pieces waits for the other two: fewer than three threads would hang. */
  @Test
  void allThreadsWorkAtOnceAndTheCallerIsOneOfThem() {
    CyclicBarrier barrier = new CyclicBarrier(3);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (Workers workers = new Workers(3)) {
      for (int i = 0; i < 5; i++) {
        workers.forEach(
            3,
            1,
            (from, to) -> {
              seen.add(Thread.currentThread());
              await(barrier);
            });
      }
    }
    assertEquals(3, seen.size(), "the same threads every time");
    assertTrue(seen.remove(Thread.currentThread()));
    for (Thread helper : seen) {
      assertTrue(helper.isDaemon(), "a daemon does not keep the program alive");
      assertTrue(helper.getName().matches("bitref-[12]"), helper.getName());
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anInterruptIsKeptForTheCallerAndNothingIsLeftOut() {
    Thread caller = Thread.currentThread();
    CyclicBarrier barrier = new CyclicBarrier(2);
    AtomicInteger ended = new AtomicInteger();
    try (Workers workers = new Workers(2)) {
      workers.forEach(
          2,
          1,
          (from, to) -> {
            await(barrier);
            if (caller.equals(Thread.currentThread())) {
              caller.interrupt();
            } else {
              sleep(100);
            }
            ended.incrementAndGet();
          });
    }
    assertEquals(2, ended.get());
    assertTrue(Thread.interrupted());
  }

  @Test
  void badArguments() {
    var noThread = assertThrows(IllegalArgumentException.class, () -> new Workers(0));
    assertEquals("threads must be at least 1, not 0", noThread.getMessage());
    try (Workers workers = new Workers(1)) {
      var noGrain =
          assertThrows(
              IllegalArgumentException.class, () -> workers.forEach(5, 0, (from, to) -> {}));
      assertEquals("grain must be at least 1, not 0", noGrain.getMessage());
    }
  }

  @Test
  void closeEndsTheHelpers() throws InterruptedException {
    CyclicBarrier barrier = new CyclicBarrier(2);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (Workers workers = new Workers(2)) {
      workers.forEach(
          2,
          1,
          (from, to) -> {
            seen.add(Thread.currentThread());
            await(barrier);
          });
    }
    seen.remove(Thread.currentThread());
    for (Thread helper : seen) {
      helper.join(20_000);
      assertTrue(!helper.isAlive(), "still alive: " + helper.getName());
    }
  }
}
