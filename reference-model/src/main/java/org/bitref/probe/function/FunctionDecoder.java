package org.bitref.probe.function;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.numerics.Ulp;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.probe.function.FunctionFinding.Difference;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Outcome;
import org.bitref.search.StageSearch;
import org.bitref.tensor.Tensor;

/**
 * Finds which known function a device computes: one that gives every result, bit for bit, or none.
 */
public final class FunctionDecoder {
  /** Rows of a softmax on which all candidates are tried. */
  private static final int FIRST_ROWS = 4;

  private static final int BLOCK = 8;

  private final FunctionSetup setup;
  private final String name;
  private final SpecialFunction function;
  private final Tensor x;
  private final Tensor y;
  private final Workers workers;

  private FunctionDecoder(FunctionSetup setup, String name, Tensor y, Workers workers) {
    this.setup = setup;
    this.name = name;
    this.function = SpecialFunction.of(name);
    this.x = new FunctionInputs(setup).x(function);
    this.y = y;
    this.workers = workers;
  }

  /**
   * Decodes the results of one function.
   *
   * @param name the function, or a variant of it after a dot
   * @param y of the shape and type of its inputs
   * @throws IllegalArgumentException if there is no such function, or y has another shape or type
   */
  public static FunctionFinding decode(
      FunctionSetup setup, String name, Tensor y, Workers workers) {
    FunctionDecoder decoder = new FunctionDecoder(setup, name, y, workers);
    if (!y.shape().equals(decoder.x.shape()) || y.dtype() != decoder.x.dtype()) {
      throw new IllegalArgumentException(
          name + " is " + y.dtype() + " " + y.shape() + ", not as its inputs");
    }
    return decoder.function == SpecialFunction.NORM ? decoder.norm() : decoder.search();
  }

  private FunctionFinding search() {
    long rows = function.isRowwise() ? Math.min(FIRST_ROWS, setup.rows()) : x.elements();
    Tensor firstX = x.rows(0, rows);
    Tensor firstY = y.rows(0, rows);
    Map<Candidate, Long> equal = new LinkedHashMap<>();
    Format format = setup.dtype().format().orElseThrow();
    for (Candidate candidate : Candidates.of(function, format, workers)) {
      equal.put(candidate, StoredBits.equal(firstY, candidate.run(firstX)));
    }
    List<Candidate> whole =
        equal.keySet().stream()
            .filter(one -> equal.get(one) == firstY.elements() && givesAll(one))
            .toList();
    return whole.isEmpty() ? differs(equal) : found(classes(whole));
  }

  /** Eight rows at a time, which leaves each as it is aligned. */
  private boolean givesAll(Candidate candidate) {
    long step = function.isRowwise() ? BLOCK : x.elements();
    for (long from = 0; from < x.shape().dim(0); from += step) {
      long to = Math.min(from + step, x.shape().dim(0));
      Tensor want = y.rows(from, to);
      if (StoredBits.equal(want, candidate.run(x.rows(from, to))) < want.elements()) {
        return false;
      }
    }
    return true;
  }

  /** Candidates that give the same results before rounding for inputs of another seed too. */
  private List<List<String>> classes(List<Candidate> whole) {
    Tensor more = new FunctionInputs(setup.withSeed(setup.seed() + 1)).x(function);
    Tensor other = function.isRowwise() ? more.rows(0, Math.min(2 * BLOCK, setup.rows())) : more;
    return List.copyOf(
        whole.stream()
            .collect(
                Collectors.groupingBy(
                    one -> bits(one.unrounded().apply(other)),
                    LinkedHashMap::new,
                    Collectors.mapping(Candidate::text, Collectors.toList())))
            .values());
  }

  private static List<Long> bits(Tensor tensor) {
    return LongStream.range(0, tensor.elements())
        .map(i -> Double.isNaN(tensor.get(i)) ? -1 : tensor.bits(i))
        .boxed()
        .toList();
  }

  private FunctionFinding found(List<List<String>> classes) {
    List<String> first = classes.getFirst();
    return new FunctionFinding(
        name,
        classes.size() == 1 ? FunctionFinding.Verdict.DECODED : FunctionFinding.Verdict.AMBIGUOUS,
        Optional.of(first.getFirst()),
        first.subList(1, first.size()),
        classes.stream().skip(1).map(List::getFirst).toList(),
        y.elements(),
        List.of());
  }

  private FunctionFinding differs(Map<Candidate, Long> equal) {
    List<Candidate> nearest =
        equal.keySet().stream()
            .sorted(Comparator.comparingLong((Candidate c) -> equal.get(c)).reversed())
            .toList();
    List<Difference> differences = new ArrayList<>();
    Candidate table = nearest.stream().filter(Candidate::h100).findFirst().orElseThrow();
    differences.add(difference(table.text(), true, table.run(x)));
    Candidate first = nearest.getFirst();
    if (!first.h100()) {
      differences.add(difference(first.text(), false, first.run(x)));
    }
    return differs(differences);
  }

  private FunctionFinding differs(List<Difference> differences) {
    return new FunctionFinding(
        name,
        FunctionFinding.Verdict.DIFFERS,
        Optional.empty(),
        List.of(),
        List.of(),
        y.elements(),
        differences);
  }

  private Difference difference(String from, boolean h100, Tensor want) {
    Format format = setup.dtype().format().orElseThrow();
    long unequal = 0;
    long first = -1;
    long worst = 0;
    for (long i = 0; i < y.elements(); i++) {
      long distance = Ulp.distance(format, y.bits(i), want.bits(i));
      boolean same = y.bits(i) == want.bits(i) || (Double.isNaN(y.get(i)) && distance == 0);
      if (!same) {
        unequal++;
        first = first < 0 ? i : first;
        worst = Math.max(worst, distance);
      }
    }
    long at = Math.max(first, 0);
    return new Difference(from, h100, unequal, place(at), hex(y, at), hex(want, at), worst);
  }

  private String place(long i) {
    String row =
        function.isRowwise()
            ? "row %s, column %s, ".formatted(i / setup.width(), i % setup.width())
            : "";
    return "%sx = %s (%s)".formatted(row, x.get(i), hex(x, i));
  }

  private static String hex(Tensor tensor, long i) {
    return "0x" + HexFormat.of().toHexDigits(tensor.bits(i), 2 * tensor.dtype().bytes());
  }

  private FunctionFinding norm() {
    Captured<Norm> norm =
        Norm.captured(x, new FunctionInputs(setup).weight(), FunctionSetup.EPS, y);
    Identification found = StageSearch.identify(norm, workers);
    if (found.outcome() instanceof Outcome.Classes) {
      List<List<String>> classes = new ArrayList<>();
      classes.add(
          Stream.concat(Stream.of(found.best().getFirst().recipe()), found.same().stream())
              .map(StageRecipe::text)
              .toList());
      found.ties().stream().skip(1).forEach(tie -> classes.add(List.of(tie.recipe().text())));
      return found(classes);
    }
    Match nearest = found.best().getFirst();
    Tensor want = norm.operation().run(nearest.recipe(), workers);
    return differs(List.of(difference(nearest.recipe().text(), false, want)));
  }
}
