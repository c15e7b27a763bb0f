package org.bitref.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
   * @param offset of its first byte in the file; -1 where the file has no single place for it
   * @param stats null unless asked for
   */
  record Entry(
      String name,
      String dtype,
      long[] shape,
      String file,
      long offset,
      long bytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) Statistics stats) {
    static Entry of(TensorInfo info, Statistics stats) {
      return new Entry(
          info.name(),
          info.dtype().name(),
          info.shape().dims(),
          info.file(),
          info.offset(),
          InspectReport.bytes(info),
          stats);
    }

    private String shapeText() {
      StringBuilder text = new StringBuilder("[");
      for (long dim : shape) {
        text.append(text.length() == 1 ? "" : ",").append(dim);
      }
      return text.append(']').toString();
    }

    private String offsetText() {
      return offset < 0 ? "-" : Long.toString(offset);
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
  public String text() {
    StringBuilder text = new StringBuilder();
    // A table per file: the path would not fit into a column.
    Map<String, List<Entry>> files = new LinkedHashMap<>();
    tensors.forEach(e -> files.computeIfAbsent(e.file, _ -> new ArrayList<>()).add(e));
    files.forEach((file, of) -> text.append(file).append('\n').append(table(of)).append('\n'));
    if (!metadata.isEmpty()) {
      text.append("metadata: ").append(String.join(", ", metadata.keySet())).append('\n');
    }
    text.append(Numbers.count(tensors.size(), "tensor"))
        .append(" in ")
        .append(Numbers.count(files.size(), "file"))
        .append(", ")
        .append(Numbers.count(elements, "element"))
        .append(", ")
        .append(Numbers.bytes(bytes));
    return text.append(specials()).append('\n').toString();
  }

  private boolean hasStats() {
    return tensors.stream().anyMatch(entry -> entry.stats != null);
  }

  private Table<Entry> table(List<Entry> entries) {
    Table<Entry> table =
        Table.of(entries)
            .column("name", Entry::name)
            .column("dtype", Entry::dtype)
            .column("shape", Entry::shapeText);
    return hasStats()
        ? table
            .column("min", e -> Numbers.brief(e.stats.min()))
            .column("max", e -> Numbers.brief(e.stats.max()))
            .column("mean", e -> Numbers.brief(e.stats.mean()))
            .column("NaN", e -> e.stats.nan())
            .column("Inf", e -> e.stats.inf())
            .column("subn.", e -> e.stats.subnormal())
        : table.column("offset", Entry::offsetText);
  }

  private String specials() {
    if (!hasStats()) {
      return "";
    }
    long nan = tensors.stream().mapToLong(entry -> entry.stats.nan()).sum();
    long inf = tensors.stream().mapToLong(entry -> entry.stats.inf()).sum();
    long subnormal = tensors.stream().mapToLong(entry -> entry.stats.subnormal()).sum();
    return "; %d NaN, %d infinite, %d subnormal".formatted(nan, inf, subnormal);
  }
}
