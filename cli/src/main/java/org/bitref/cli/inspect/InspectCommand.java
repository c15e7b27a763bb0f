package org.bitref.cli.inspect;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.dump.MapOption;
import org.bitref.cli.dump.RawOption;
import org.bitref.kernel.Workers;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

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
  @ParentCommand private Session session;

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

  @Override
  public Integer call() {
    try (TensorSource source = map.apply(raw.open(path))) {
      List<TensorInfo> infos = List.copyOf(source.tensors().values());
      Map<TensorInfo, Statistics> statistics = stats ? statistics(source, infos) : Map.of();
      List<InspectReport.Entry> entries =
          infos.stream()
              .map(info -> InspectReport.Entry.of(info, Optional.ofNullable(statistics.get(info))))
              .toList();
      return session.finish("inspect", InspectReport.of(source, entries));
    }
  }

  private Map<TensorInfo, Statistics> statistics(TensorSource source, List<TensorInfo> infos) {
    Map<TensorInfo, Statistics> all = new ConcurrentHashMap<>();
    long total = infos.stream().mapToLong(InspectReport::bytes).sum();
    // The largest first, so that no thread is left with one at the end.
    List<TensorInfo> order =
        infos.stream()
            .sorted(Comparator.comparingLong((TensorInfo info) -> -InspectReport.bytes(info)))
            .toList();
    try (Workers workers = session.workers();
        Progress progress = session.progress("inspect", total)) {
      workers.forEach(
          order.size(),
          1,
          (from, to) -> {
            for (TensorInfo info : order.subList(from, to)) {
              all.put(info, Statistics.of(source.read(info.name()), progress::advance));
            }
          });
    }
    return all;
  }
}
