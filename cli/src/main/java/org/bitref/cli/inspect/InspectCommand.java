package org.bitref.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.dump.MapOption;
import org.bitref.cli.dump.RawOption;
import org.bitref.kernel.Workers;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitref inspect}. */
@Command(
    name = "inspect",
    description = "List the tensors of a file, a folder of shards or a dump.",
    footer = {
      "Examples:",
      "  bitref inspect model/",
      "  bitref inspect --stats dump.safetensors",
      "  bitref inspect --map edge-llm dump.safetensors",
      "  bitref inspect --dtype bf16 --shape 16x4096 hidden.bin",
      "  bitref inspect --format json model.safetensors.index.json",
    })
public final class InspectCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      paramLabel = "PATH",
      description = "A file or folder of any format that bitref reads.")
  private Path path;

  @Mixin private final MapOption map = new MapOption();

  @Mixin private final RawOption raw = new RawOption();

  @Option(
      names = "--stats",
      description =
          "Read all data: minimum, maximum, mean, and how many NaN, infinities, subnormal numbers.")
  private boolean stats;

  /** A command that reports to this session. */
  public InspectCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (TensorSource source = map.apply(raw.open(path))) {
      List<TensorInfo> infos = List.copyOf(source.tensors().values());
      Statistics[] statistics = stats ? statistics(source, infos) : new Statistics[infos.size()];
      List<InspectReport.Entry> entries = new ArrayList<>();
      for (int i = 0; i < statistics.length; i++) {
        entries.add(InspectReport.Entry.of(infos.get(i), statistics[i]));
      }
      return session.finish("inspect", InspectReport.of(source, entries));
    }
  }

  private Statistics[] statistics(TensorSource source, List<TensorInfo> infos) {
    Statistics[] all = new Statistics[infos.size()];
    long total = infos.stream().mapToLong(InspectReport::bytes).sum();
    // The largest first, so that no thread is left with one at the end.
    Integer[] order = new Integer[all.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Long.compare(bytes(infos, b), bytes(infos, a)));
    try (Workers workers = session.workers();
        Progress progress = session.progress("inspect", total)) {
      workers.forEach(
          all.length,
          1,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              Tensor tensor = source.read(infos.get(order[i]).name());
              all[order[i]] = Statistics.of(tensor, progress::advance);
            }
          });
    }
    return all;
  }

  private static long bytes(List<TensorInfo> infos, int i) {
    return InspectReport.bytes(infos.get(i));
  }
}
