package org.bitref.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

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
  private final ExecutorService pool;

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
            ? null
            : Executors.newFixedThreadPool(
                threads - 1, Thread.ofPlatform().name("bitref-", 1).daemon().factory());
  }

  /** How many threads work, the calling one included. */
  public int threads() {
    return threads;
  }

  /**
   * Covers [0, n) with pieces of at most {@code grain}, handed out in order to whoever is free, and
   * returns when all are done. The first exception of any piece is thrown again here.
   */
  public void forEach(int n, int grain, Range range) {
    AtomicLong next = new AtomicLong();
    Runnable loop =
        () -> {
          for (long from = next.getAndAdd(grain); from < n; from = next.getAndAdd(grain)) {
            range.run((int) from, (int) Math.min(n, from + grain));
          }
        };
    if (pool == null || n <= grain) {
      loop.run();
      return;
    }
    List<Future<?>> others = new ArrayList<>();
    for (int i = 1; i < threads; i++) {
      others.add(pool.submit(loop));
    }
    try {
      loop.run();
    } finally {
      next.set(n);
      join(others);
    }
  }

  private static void join(List<Future<?>> others) {
    RuntimeException failure = null;
    boolean interrupted = false;
    for (Future<?> other : others) {
      while (true) {
        try {
          other.get();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof Error error) {
            throw error;
          }
          failure = failure == null ? (RuntimeException) e.getCause() : failure;
          break;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdownNow();
    }
  }
}
