package org.bitref.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a piece throws comes out, after everything else has come to rest. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersFailureTest {
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

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(20, TimeUnit.SECONDS);
    } catch (Exception e) {
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
}
