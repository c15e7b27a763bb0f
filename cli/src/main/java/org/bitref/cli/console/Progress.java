package org.bitref.cli.console;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.bitref.Text;

/**
 * How far work is: on a terminal a bar that moves twice a second, shown once the work has lasted
 * two seconds; elsewhere a line every half minute. Thread-safe.
 */
public final class Progress implements AutoCloseable {
  private static final Duration DELAY = Duration.ofSeconds(2);
  private static final int UPDATE = 500;
  private static final Duration LINES = Duration.ofSeconds(30);
  private static final long LARGE = 10_000_000;

  /** The total of work of which only the end is known when it comes. */
  private static final long UNKNOWN = -1;

  private final PrintStream err;
  private final String task;
  private final long total;
  private final Timer timer = new Timer("bitref-progress", true);
  private final long start = System.nanoTime();
  private Optional<ProgressBar> bar = Optional.empty();
  private long done;
  private String now = "";

  private Progress(PrintStream err, String task, long total) {
    this.err = err;
    this.task = task;
    this.total = total;
  }

  /**
   * Starts to show work.
   *
   * @param total units; below 0 if that is not known
   * @param terminal true if {@code err} is one
   */
  static Progress on(PrintStream err, String task, long total, boolean terminal) {
    Progress progress = new Progress(err, task, Math.max(UNKNOWN, total));
    if (terminal) {
      progress.timer.schedule(task(progress::show), DELAY.toMillis());
    } else {
      progress.timer.schedule(task(progress::line), LINES.toMillis(), LINES.toMillis());
    }
    return progress;
  }

  private static TimerTask task(Runnable work) {
    return new TimerTask() {
      @Override
      public void run() {
        work.run();
      }
    };
  }

  synchronized void show() {
    ProgressBar shown =
        new ProgressBarBuilder()
            .setTaskName(Text.printable(task))
            .setInitialMax(total)
            .setStyle(ProgressBarStyle.ASCII)
            .setUnit(total < LARGE ? "" : " M", total < LARGE ? 1 : 1_000_000)
            .setUpdateIntervalMillis(UPDATE)
            .continuousUpdate()
            .setConsumer(new ConsoleProgressBarConsumer(err, Table.WIDTH))
            .build();
    shown.stepTo(done);
    shown.setExtraMessage(now);
    bar = Optional.of(shown);
  }

  synchronized void line() {
    long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
    err.println(
        "bitref: %s: %s s%s%s"
            .formatted(
                Text.printable(task),
                seconds,
                total > 0 ? String.format(Locale.ROOT, ", %d %%", 100 * done / total) : "",
                now.isEmpty() ? "" : ", " + now));
  }

  /** Adds finished units. */
  public synchronized void advance(long units) {
    done += units;
    bar.ifPresent(shown -> shown.stepTo(done));
  }

  /** Says what is being worked on. */
  public synchronized void now(String what) {
    now = Text.printable(what);
    bar.ifPresent(shown -> shown.setExtraMessage(now));
  }

  /** One unit is finished: what is named. */
  public synchronized void step(String what) {
    now(what);
    advance(1);
  }

  @Override
  public synchronized void close() {
    timer.cancel();
    bar.ifPresent(ProgressBar::close);
  }
}
