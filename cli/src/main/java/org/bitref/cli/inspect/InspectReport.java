package org.bitref.cli.inspect;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Table;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * The tensors of one source.
 *
 * @param path as the user gave it
 * @param bytes of data in all tensors
 */
record InspectReport(
    String path, List<Entry> tensors, long elements, long bytes, Map<String, String> metadata)
    implements Result {

  /**
   * One tensor.
   *
   * @param stats empty unless asked for
   */
  record Entry(TensorInfo info, long bytes, Optional<Statistics> stats) {
    static Entry of(TensorInfo info, Optional<Statistics> stats) {
      return new Entry(info, InspectReport.bytes(info), stats);
    }

    @JsonValue
    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("name", info.name());
      json.put("dtype", info.dtype());
      json.put("shape", info.shape());
      json.put("path", info.file());
      json.put("offset", offset());
      json.put("bytes", bytes);
      stats.ifPresent(of -> json.put("stats", of));
      return json;
    }

    /** Empty if the data does not lie in the file as it is. */
    private Optional<Long> offset() {
      return info.offset() < 0 ? Optional.empty() : Optional.of(info.offset());
    }

    private Statistics read() {
      return stats.orElseThrow();
    }
  }

  static InspectReport of(TensorSource source, List<Entry> entries) {
    long elements =
        source.tensors().values().stream().mapToLong(info -> info.shape().elements()).sum();
    long bytes = entries.stream().mapToLong(Entry::bytes).sum();
    return new InspectReport(source.name(), entries, elements, bytes, source.metadata());
  }

  static long bytes(TensorInfo info) {
    return info.shape().elements() * info.dtype().bytes();
  }

  @Override
  public void text(Lines text) {
    // A table per file: the path would not fit into a column.
    Map<String, List<Entry>> files = new LinkedHashMap<>();
    tensors.forEach(e -> files.computeIfAbsent(e.info.file(), _ -> new ArrayList<>()).add(e));
    files.forEach(
        (file, of) -> {
          text.line(file);
          text.table(table(of));
          text.blank();
        });
    if (!metadata.isEmpty()) {
      text.line("metadata: " + String.join(", ", metadata.keySet()));
    }
    text.line(
        "%s in %s, %s, %s%s"
            .formatted(
                Numbers.count(tensors.size(), "tensor"),
                Numbers.count(files.size(), "file"),
                Numbers.count(elements, "element"),
                Numbers.bytes(bytes),
                specials()));
  }

  /** All tensors have them, or none. */
  private boolean hasStats() {
    return !tensors.isEmpty() && tensors.getFirst().stats.isPresent();
  }

  private Table<Entry> table(List<Entry> entries) {
    Table<Entry> table =
        Table.of(entries)
            .column("name", e -> e.info.name())
            .column("dtype", e -> e.info.dtype())
            .column("shape", e -> e.info.shape().toString().replace(" ", ""));
    return hasStats()
        ? table
            .column("min", e -> Numbers.brief(e.read().min()))
            .column("max", e -> Numbers.brief(e.read().max()))
            .column("mean", e -> Numbers.brief(e.read().mean()))
            .column("NaN", e -> e.read().nan())
            .column("Inf", e -> e.read().infinite())
            .column("subn.", e -> e.read().subnormal())
        : table.column("offset", e -> e.offset().map(String::valueOf).orElse("-"));
  }

  private String specials() {
    if (!hasStats()) {
      return "";
    }
    long nan = tensors.stream().mapToLong(entry -> entry.read().nan()).sum();
    long inf = tensors.stream().mapToLong(entry -> entry.read().infinite()).sum();
    long subnormal = tensors.stream().mapToLong(entry -> entry.read().subnormal()).sum();
    return "; %s NaN, %s infinite, %s subnormal".formatted(nan, inf, subnormal);
  }
}
