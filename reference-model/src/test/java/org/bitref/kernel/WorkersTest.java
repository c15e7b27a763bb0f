package org.bitref.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
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
      workers.forEach(
          3,
          1,
          (from, to) -> {
            seen.add(Thread.currentThread());
            await(barrier);
          });
    }
    assertEquals(3, seen.size());
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

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void anExceptionOfAnyPieceComesOutAndThePoolGoesOn(int threads) {
    try (Workers workers = new Workers(threads)) {
      for (int bad = 0; bad < 20; bad++) {
        int at = bad;
        var exception = new IllegalStateException("piece " + bad);
        assertSame(
            exception,
            assertThrows(
                IllegalStateException.class,
                () -> workers.forEach(20, 1, (from, to) -> throwAt(from, at, exception))));
      }
      AtomicInteger sum = new AtomicInteger();
      workers.forEach(10, 1, (from, to) -> sum.addAndGet(from));
      assertEquals(45, sum.get());
    }
  }

  private static void throwAt(int from, int bad, RuntimeException exception) {
    if (from == bad) {
      throw exception;
    }
  }

  @Test
  void anErrorOfAHelperComesOut() {
    Thread caller = Thread.currentThread();
    CyclicBarrier barrier = new CyclicBarrier(2);
    var error = new LinkageError("in a helper");
    try (Workers workers = new Workers(2)) {
      LinkageError thrown =
          assertThrows(
              LinkageError.class,
              () ->
                  workers.forEach(
                      2,
                      1,
                      (from, to) -> {
                        await(barrier);
                        if (!caller.equals(Thread.currentThread())) {
                          throw error;
                        }
                      }));
      assertSame(error, thrown);
    }
  }

  /** The caller fails at once; the helper still writes, and must have ended when it is told. */
  @Test
  void returnsOnlyWhenBegunPiecesHaveEnded() {
    Thread caller = Thread.currentThread();
    for (Throwable failure : List.of(new IllegalStateException(), new LinkageError())) {
      CyclicBarrier barrier = new CyclicBarrier(3);
      AtomicInteger ended = new AtomicInteger();
      AtomicInteger helpers = new AtomicInteger();
      try (Workers workers = new Workers(3)) {
        assertThrows(
            failure.getClass(),
            () ->
                workers.forEach(
                    3,
                    1,
                    (from, to) -> {
                      await(barrier);
                      if (caller.equals(Thread.currentThread())) {
                        return;
                      }
                      if (helpers.getAndIncrement() == 0) {
                        sneak(failure);
                      }
                      sleep(100);
                      ended.incrementAndGet();
                    }));
        assertEquals(1, ended.get(), "the other helper");
      }
    }
  }

  private static void sneak(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void noPieceIsHandedOutAfterAnException() {
    AtomicInteger pieces = new AtomicInteger();
    try (Workers workers = new Workers(1)) {
      assertThrows(
          IllegalStateException.class,
          () ->
              workers.forEach(
                  1000,
                  1,
                  (from, to) -> {
                    if (pieces.incrementAndGet() == 5) {
                      throw new IllegalStateException();
                    }
                  }));
    }
    assertEquals(5, pieces.get());
  }

  /** A helper's exception stops the caller's own loop too. */
  @Test
  void noPieceIsHandedOutAfterAnExceptionElsewhere() throws InterruptedException {
    Thread caller = Thread.currentThread();
    CountDownLatch failing = new CountDownLatch(1);
    AtomicInteger byCaller = new AtomicInteger();
    try (Workers workers = new Workers(2)) {
      assertThrows(
          IllegalStateException.class,
          () ->
              workers.forEach(
                  1_000_000,
                  1,
                  (from, to) -> {
                    if (!caller.equals(Thread.currentThread())) {
                      failing.countDown();
                      throw new IllegalStateException();
                    }
                    byCaller.incrementAndGet();
                    sleepUntil(failing);
                  }));
    }
    assertTrue(byCaller.get() < 500, "the caller went on for " + byCaller.get() + " pieces");
  }

  private static void sleepUntil(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
      Thread.sleep(1);
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
