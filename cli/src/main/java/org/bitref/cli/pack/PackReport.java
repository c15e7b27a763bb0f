package org.bitref.cli.pack;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;
import org.bitref.cli.explain.ReadingWords;
import org.bitref.explain.PackedCase;
import org.bitref.explain.PackedCase.Kept;
import org.bitref.explain.Reading;
import org.bitref.explain.Selection;

/**
 * A case that was written.
 *
 * @param path of the file
 * @param bytes of the file
 * @param systems stages of each
 * @param rows tokens that are kept, and of how many
 * @param columns the same of stages that hold some columns only
 * @param notSampled tensors with another number of tokens, which stay whole
 * @param noWeight stages that cannot be computed again for want of it
 * @param noKeys stages of attention that cannot be computed again, for other rows were kept than
 *     the first
 * @param transposed by file, the stages whose weights were stored [K, N]
 * @param leftAside by file, names that mean nothing
 */
record PackReport(
    String path,
    long bytes,
    int tensors,
    Map<String, Integer> systems,
    Kept rows,
    Map<String, Kept> columns,
    List<String> notSampled,
    List<String> noWeight,
    List<String> noKeys,
    Map<String, List<String>> transposed,
    Map<String, List<String>> leftAside,
    @JsonIgnore String asked)
    implements Result {

  static PackReport of(Path path, PackedCase packed, Selection selection, Reading reading) {
    return new PackReport(
        path.toString(),
        path.toFile().length(),
        packed.tensors().size(),
        packed.systems(),
        packed.rows(),
        packed.columns(),
        packed.unsampled(),
        packed.noWeight(),
        packed.noKeys(),
        reading.transposed(),
        reading.aside(),
        options(selection));
  }

  private static String options(Selection selection) {
    List<String> options = new ArrayList<>();
    if (!selection.layers().isEmpty()) {
      options.add(
          " --layers "
              + String.join(
                  ",", selection.layers().stream().sorted().map(String::valueOf).toList()));
    }
    if (!selection.kinds().isEmpty()) {
      options.add(" --stages " + String.join(",", selection.kinds().stream().sorted().toList()));
    }
    return String.join("", options);
  }

  @Override
  public void text(Lines text) {
    text.line("%s, %s, %s".formatted(path, Numbers.bytes(bytes), Numbers.count(tensors, "tensor")));
    List<String> each = new ArrayList<>();
    systems.forEach((name, stages) -> each.add(name + " (" + Numbers.count(stages, "stage") + ")"));
    text.paragraph("systems: " + String.join(", ", each));
    text.paragraph("rows: " + of(rows));
    text.paragraph("columns: " + (columns.isEmpty() ? "all" : String.join(", ", byWidth())));
    for (String line : ReadingWords.of(new Reading(transposed, leftAside))) {
      text.paragraph(line);
    }
    if (!notSampled.isEmpty()) {
      text.paragraph("not sampled, for they have other rows: " + some(notSampled));
    }
    if (!noWeight.isEmpty()) {
      text.paragraph("without a weight, which no file holds: " + some(noWeight));
    }
    if (!noKeys.isEmpty()) {
      text.paragraph(
          "not to be computed again, for attention needs all earlier tokens: %s. First rows (--rows 0-%s) keep it"
              .formatted(some(noKeys), rows.kept() - 1));
    }
    text.line("To read it: bitref explain " + path + asked);
  }

  private static String of(Kept kept) {
    return kept.kept() == kept.of() ? "all " + kept.of() : kept.kept() + " of " + kept.of();
  }

  /** Of which kinds of stages how many columns are kept. */
  private List<String> byWidth() {
    Map<String, List<String>> stages = new LinkedHashMap<>();
    columns.forEach(
        (stage, kept) -> {
          List<String> kinds = stages.computeIfAbsent(of(kept), _ -> new ArrayList<>());
          if (!kinds.contains(Selection.kind(stage))) {
            kinds.add(Selection.kind(stage));
          }
        });
    List<String> words = new ArrayList<>();
    stages.forEach((kept, kinds) -> words.add(kept + " (" + String.join(", ", kinds) + ")"));
    return words;
  }

  private static String some(List<String> names) {
    return ReadingWords.some(names);
  }
}
