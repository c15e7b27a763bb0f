package org.bitref.cli.console;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.bitref.Text;

/** A bar with the time left, shown once the work has lasted two seconds. Thread-safe. */
public final class Progress implements AutoCloseable {
  private static final Duration DELAY = Duration.ofSeconds(2);
  private static final long LARGE = 10_000_000;

  private final PrintStream err;
  private final String task;
  private final long total;
  private final Timer timer;
  private ProgressBar bar;
  private long done;
  private String now = "";

  private Progress(PrintStream err, String task, long total) {
    this.err = err;
    this.task = task;
    this.total = total;
    this.timer = err == null ? null : new Timer("bitref-progress", true);
  }

  static Progress silent() {
    return new Progress(null, "", 0);
  }

  static Progress on(PrintStream err, String task, long total) {
    Progress progress = new Progress(err, task, total);
    TimerTask show =
        new TimerTask() {
          @Override
          public void run() {
            progress.show();
          }
        };
    progress.timer.schedule(show, DELAY.toMillis());
    return progress;
  }

  /** Whether nothing will ever be shown. */
  boolean isSilent() {
    return timer == null;
  }

  synchronized void show() {
    bar =
        new ProgressBarBuilder()
            .setTaskName(Text.printable(task))
            .setInitialMax(total)
            .setStyle(ProgressBarStyle.ASCII)
            .setUnit(total < LARGE ? "" : " M", total < LARGE ? 1 : 1_000_000)
            .setUpdateIntervalMillis(500)
            .setConsumer(new ConsoleProgressBarConsumer(err, Table.WIDTH))
            .build();
    bar.stepTo(done);
    bar.setExtraMessage(now);
  }

  /** Adds finished units. */
  public synchronized void advance(long units) {
    done += units;
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  /** Says what is being worked on. */
  public synchronized void now(String what) {
    now = Text.printable(what);
    if (bar != null) {
      bar.setExtraMessage(now);
    }
  }

  /** One unit is finished: what is named. */
  public synchronized void step(String what) {
    now(what);
    advance(1);
  }

  @Override
  public synchronized void close() {
    if (timer != null) {
      timer.cancel();
    }
    if (bar != null) {
      bar.close();
    }
  }
}
