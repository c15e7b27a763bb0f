package org.bitref.cli.golden;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.bitref.cli.console.Numbers;
import org.bitref.loaders.NonFinite;
import org.bitref.model.Stage;
import org.bitref.model.Weights;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * Looks at every weight when it is first used: does it hold NaN or infinities, and can the format
 * that the recipe reads it in hold its values.
 */
final class CheckedWeights implements Weights {
  private static final int SHOWN = 3;

  private final Weights weights;
  private final Map<String, Format> formats = new LinkedHashMap<>();
  private final Map<String, Finding> findings = new LinkedHashMap<>();

  /**
   * What was found in one weight.
   *
   * @param inexact values that change when they are rounded to {@code format}
   * @param format what the recipe reads the weight in
   */
  record Finding(String name, long nan, long infinite, long inexact, String format) {}

  CheckedWeights(Weights weights, List<Stage> stages, ModelRecipe recipe) {
    this.weights = weights;
    for (Stage stage : stages) {
      stage.weight().ifPresent(w -> readAs(w.name(), recipe.of(stage.id().name())));
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
    Tensor tensor = weights.weight(name);
    findings.computeIfAbsent(name, _ -> look(name, tensor));
    return tensor;
  }

  private Finding look(String name, Tensor tensor) {
    NonFinite nonFinite = NonFinite.count(tensor);
    Format format = formats.get(name);
    long inexact = format == null ? 0 : inexact(tensor, format);
    return new Finding(
        name,
        nonFinite.nan(),
        nonFinite.infinite(),
        inexact,
        format == null ? tensor.dtype().name() : format.name());
  }

  /** What was found in the weights used so far, those without a finding left out. */
  List<Finding> findings() {
    return findings.values().stream()
        .filter(f -> f.nan() > 0 || f.infinite() > 0 || f.inexact() > 0)
        .toList();
  }

  /** A line for each weight with NaN or infinities, and one for all that lose bits. */
  List<String> warnings(String prefix) {
    List<String> lines = new ArrayList<>();
    for (Finding finding : findings()) {
      if (finding.nan() > 0 || finding.infinite() > 0) {
        lines.add(
            "weight %s%s holds %d NaN and %d infinities; what depends on them is NaN or infinite"
                .formatted(prefix, finding.name(), finding.nan(), finding.infinite()));
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
          "%s cannot hold %d values in %s exactly (%s%s); they are rounded"
              .formatted(
                  inexact.getFirst().format(),
                  inexact.stream().mapToLong(Finding::inexact).sum(),
                  Numbers.count(inexact.size(), "weight"),
                  most,
                  inexact.size() > SHOWN ? ", …; all with --format json" : ""));
    }
    return lines;
  }

  private static long inexact(Tensor tensor, Format format) {
    if (holdsAll(format, tensor.dtype())) {
      return 0;
    }
    LongStream elements = LongStream.range(0, tensor.elements());
    if (tensor.dtype().bytes() != 2) {
      return elements.filter(i -> changes(tensor.get(i), format)).count();
    }
    // By a table of all 65,536 words: weights have billions of elements.
    Format stored = tensor.dtype().format().orElseThrow();
    BitSet changing = new BitSet(1 << 16);
    for (int word = 0; word < 1 << 16; word++) {
      changing.set(word, changes(stored.decode(word), format));
    }
    return elements.filter(i -> changing.get((int) tensor.bits(i))).count();
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
