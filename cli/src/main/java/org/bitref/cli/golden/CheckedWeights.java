package org.bitref.cli.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bitref.Text;
import org.bitref.cli.console.Numbers;
import org.bitref.kernel.Workers;
import org.bitref.loaders.NonFinite;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.Stage;
import org.bitref.model.Weights;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;

/**
 * Looks at every weight when it is first used: does it hold NaN or infinities, can the format that
 * the recipe reads it in hold its values, and what is its hash.
 */
final class CheckedWeights implements Weights {
  private static final int SHOWN = 3;

  private final Checkpoint checkpoint;
  private final Workers workers;
  private final Map<String, Format> formats = new LinkedHashMap<>();
  private final Map<String, Finding> findings = new LinkedHashMap<>();
  private final Map<String, String> hashes = new LinkedHashMap<>();

  /**
   * What was found in one weight.
   *
   * @param inexact values that change when they are rounded to {@code format}
   * @param format what the recipe reads the weight in
   */
  record Finding(String name, long nan, long infinite, long inexact, String format) {}

  CheckedWeights(Checkpoint checkpoint, List<Stage> stages, ModelRecipe recipe, Workers workers) {
    this.checkpoint = checkpoint;
    this.workers = workers;
    for (Stage stage : stages) {
      stage.weight().ifPresent(w -> readAs(w.name(), stage.recipe(recipe).candidates().getFirst()));
    }
  }

  private void readAs(String weight, StageRecipe recipe) {
    switch (recipe) {
      case GemmRecipe gemm -> formats.put(weight, gemm.in().w());
      case NormRecipe norm -> formats.put(weight, norm.weight());
      default -> {}
    }
  }

  @Override
  public Tensor weight(String name) {
    Tensor tensor = checkpoint.weight(name);
    findings.computeIfAbsent(name, _ -> look(name, tensor));
    return tensor;
  }

  private Finding look(String name, Tensor tensor) {
    Optional<Format> format = Optional.ofNullable(formats.get(name));
    Optional<LongPredicate> changing = format.flatMap(f -> changing(tensor, f));
    BlockHash hash = new BlockHash(BlockHash.Kind.CONTENT, tensor);
    Finding[] found = new Finding[hash.blocks()];
    workers.forEach(
        found.length,
        1,
        (block, _) -> {
          long from = hash.start(block);
          long to = hash.start(block + 1);
          hash.block(block);
          NonFinite odd = NonFinite.count(tensor.slice(from, Shape.of(to - from)));
          long inexact = changing.map(c -> LongStream.range(from, to).filter(c).count()).orElse(0L);
          found[block] = new Finding(name, odd.nan(), odd.infinite(), inexact, "");
        });
    hashes.put(name, hash.hex());
    return new Finding(
        name,
        Arrays.stream(found).mapToLong(Finding::nan).sum(),
        Arrays.stream(found).mapToLong(Finding::infinite).sum(),
        Arrays.stream(found).mapToLong(Finding::inexact).sum(),
        format.map(Format::name).orElse(tensor.dtype().name()));
  }

  /** Hashes of all weights used so far, by their names. */
  Map<String, String> hashes() {
    return Collections.unmodifiableMap(hashes);
  }

  /** The first of the weights that does not have this hash any more, and its file. */
  Optional<String> changed(Map<String, String> before) {
    for (String name : before.keySet()) {
      weight(name);
      if (!before.get(name).equals(hashes.get(name))) {
        return Optional.of(place(name));
      }
    }
    return Optional.empty();
  }

  private String place(String name) {
    Map<String, TensorInfo> tensors = checkpoint.source().tensors();
    return Stream.of(checkpoint.prefix() + name, name)
        .filter(tensors::containsKey)
        .findFirst()
        .map(full -> tensors.get(full).file() + ": tensor " + Text.quote(full))
        .orElse(checkpoint.source().name());
  }

  /** What was found in the weights used so far, those without a finding left out. */
  List<Finding> findings() {
    return findings.values().stream()
        .filter(f -> f.nan() > 0 || f.infinite() > 0 || f.inexact() > 0)
        .toList();
  }

  /** A line for each weight with NaN or infinities, and one for all that lose bits. */
  List<String> warnings() {
    List<String> lines = new ArrayList<>();
    for (Finding finding : findings()) {
      if (finding.nan() > 0 || finding.infinite() > 0) {
        lines.add(
            "weight %s%s holds %s NaN and %s infinities; what depends on them is NaN or infinite"
                .formatted(checkpoint.prefix(), finding.name(), finding.nan(), finding.infinite()));
      }
    }
    List<Finding> inexact = findings().stream().filter(f -> f.inexact() > 0).toList();
    if (!inexact.isEmpty()) {
      String most =
          inexact.stream()
              .sorted(Comparator.comparingLong(Finding::inexact).reversed())
              .limit(SHOWN)
              .map(f -> f.name() + " " + f.inexact())
              .collect(Collectors.joining(", "));
      lines.add(
          "%s cannot hold %s values in %s exactly (%s%s); they are rounded"
              .formatted(
                  inexact.getFirst().format(),
                  inexact.stream().mapToLong(Finding::inexact).sum(),
                  Numbers.count(inexact.size(), "weight"),
                  most,
                  inexact.size() > SHOWN ? ", …; all with --format json" : ""));
    }
    return lines;
  }

  /** Which elements change in this format; empty if none can. */
  private static Optional<LongPredicate> changing(Tensor tensor, Format format) {
    if (holdsAll(format, tensor.dtype())) {
      return Optional.empty();
    }
    if (tensor.dtype().bytes() != 2) {
      return Optional.of(i -> changes(tensor.get(i), format));
    }
    // By a table of all 65,536 words: weights have billions of elements.
    Format stored = tensor.dtype().format().orElseThrow();
    BitSet changing = new BitSet(1 << 16);
    for (int word = 0; word < 1 << 16; word++) {
      changing.set(word, changes(stored.decode(word), format));
    }
    return Optional.of(i -> changing.get((int) tensor.bits(i)));
  }

  private static boolean holdsAll(Format format, DType dtype) {
    Format stored = dtype.format().orElse(Format.F64);
    return format.precision() >= stored.precision()
        && format.emax() >= stored.emax()
        && format.minSubnormal() <= stored.minSubnormal();
  }

  private static boolean changes(double x, Format format) {
    return Double.isFinite(x) && format.round(x, Rounding.RNE) != x;
  }
}
