package org.bitref.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A fixed number of threads that share independent outputs. How the work is cut never changes a
 * bit: every output is computed whole by one thread. A piece of work must not call {@link #forEach}
 * again.
 */
public final class Workers implements AutoCloseable {
  /** Work on the half-open range [from, to). */
  @FunctionalInterface
  public interface Range {
    void run(int from, int to);
  }

  private final int threads;
  private final Optional<ExecutorService> pool;

  /**
   * @param threads at least 1; with 1 everything runs on the calling thread
   */
  public Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
    this.threads = threads;
    this.pool =
        threads == 1
            ? Optional.empty()
            : Optional.of(
                Executors.newFixedThreadPool(
                    threads - 1, Thread.ofPlatform().name("bitref-", 1).daemon().factory()));
  }

  /** How many threads work, the calling one included. */
  public int threads() {
    return threads;
  }

  /**
   * Covers [0, n) with pieces of at most {@code grain}, handed out in order to whoever is free, and
   * returns when all are done. After an exception no further piece is handed out; the first one is
   * thrown again here when the pieces already begun have ended.
   */
  public void forEach(int n, int grain, Range range) {
    if (grain < 1) {
      throw new IllegalArgumentException("grain must be at least 1, not " + grain);
    }
    AtomicLong next = new AtomicLong();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Runnable loop =
        () -> {
          try {
            for (long from = next.getAndAdd(grain); from < n; from = next.getAndAdd(grain)) {
              range.run((int) from, (int) Math.min(n, from + grain));
            }
          } catch (Throwable e) {
            next.set(n);
            failure.compareAndSet(null, e);
          }
        };
    List<Future<?>> others = new ArrayList<>();
    if (pool.isPresent() && n > grain) {
      for (int i = 1; i < threads; i++) {
        others.add(pool.get().submit(loop));
      }
    }
    loop.run();
    join(others);
    switch (failure.get()) {
      case null -> {}
      case Error error -> throw error;
      case RuntimeException exception -> throw exception;
      default -> throw new AssertionError(failure.get());
    }
  }

  /** Waits through interrupts: the pieces write to memory that the caller goes on to use. */
  private static void join(List<Future<?>> others) {
    boolean interrupted = false;
    for (Future<?> other : others) {
      while (!other.isDone()) {
        try {
          other.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new AssertionError(e);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    pool.ifPresent(ExecutorService::shutdownNow);
  }
}
