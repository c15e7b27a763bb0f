package org.bitref.captures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.GemmHints;
import org.bitref.search.GemmSearch;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Placement;
import org.bitref.search.Verdict;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * What a search says of a captured product whose recipe is in the table of what is reproduced.
 *
 * @param recipe that of the table
 * @param gemm what was searched
 */
record Identified(
    String family, String output, String recipe, Captured<Product> gemm, Identification found) {
  /** From this many functions on not all are listed. */
  private static final int CROWD = 64;

  private static final Path TABLE = Path.of("..", "reference-model", "docs", "reproduced.md");
  private static final Pattern ROW =
      Pattern.compile(
          "\\| (cublas-h100|cublaslt-h100|tensorrt-gemm-h100) \\| (\\S+) \\| `(.*)` \\| .* \\|");

  /** A product of the table. */
  record Known(String family, String output, String recipe) {
    Identified search(Workers workers) {
      try (TensorSource source = Sources.open(file())) {
        Captured<Product> gemm = gemm(source, output);
        return new Identified(
            family, output, recipe, gemm, Identified.search(source, output, workers));
      }
    }

    /** A capture comes in one file or in several with a number. */
    private Path file() {
      try (Stream<Path> files = Files.list(Path.of(System.getProperty("bitref.captures")))) {
        return files
            .filter(file -> file.getFileName().toString().startsWith(family))
            .filter(this::isIn)
            .findFirst()
            .orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private boolean isIn(Path file) {
      try (TensorSource source = Sources.open(file)) {
        return source.has(output);
      }
    }
  }

  static List<Known> known() throws IOException {
    List<Known> known = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        known.add(new Known(row.group(1), row.group(2), row.group(3).replace("\\|", "|")));
      }
    }
    return known;
  }

  private static Captured<Product> gemm(TensorSource source, String output) {
    String problem = problem(output);
    return Product.captured(
        source.read(problem + ".x"), source.read(problem + ".w"), source.read(output));
  }

  private static String problem(String output) {
    return output.substring(0, output.indexOf(".y"));
  }

  static Identification search(TensorSource source, String output, Workers workers) {
    String problem = problem(output);
    // cuBLAS: one sample of rows and columns for all types.
    String sample =
        source.has(problem + ".rows") ? problem : problem.substring(0, problem.indexOf('.'));
    Placement placement =
        new Placement(
            indices(source.read(sample + ".rows")), indices(source.read(sample + ".cols")));
    Captured<Product> gemm = gemm(source, output);
    return Diagnosed.of(
        GemmSearch.identify(gemm, Optional.of(placement), GemmHints.NONE, workers), gemm, workers);
  }

  private static List<Long> indices(Tensor tensor) {
    return LongStream.range(0, tensor.elements()).map(tensor::getLong).boxed().toList();
  }

  /**
   * True if the table's recipe is among those found, the least E left out, or if they are more than
   * are listed; that the table's reproduces everything is asserted where that table is made.
   */
  boolean isRight() {
    boolean possible = found.verdict() != Verdict.UNEXPLAINED && found.verdict() != Verdict.CORRUPT;
    return possible && (functions() >= CROWD || listed());
  }

  private boolean listed() {
    GemmRecipe known = plain(recipe);
    return exact()
        .map(match -> plain(match.recipe().text()))
        .anyMatch(
            one ->
                GemmSearch.same(known, one, gemm.operation().depth(), gemm.operation().columns()));
  }

  /** How many functions fit. */
  long functions() {
    return exact().count();
  }

  private Stream<Match> exact() {
    return found.best().stream().filter(match -> match.equal() == found.total());
  }

  private static GemmRecipe plain(String text) {
    return GemmRecipe.parse(text.replaceAll(",floor=-?\\d+", ""));
  }

  String line() {
    return "| %s | %s | %s | %s | `%s` | %s / %s |%n"
        .formatted(
            family,
            output,
            found.verdict().name().toLowerCase(Locale.ROOT),
            functions() >= CROWD ? "64 or more" : functions(),
            found.best().getFirst().recipe().text().replace("|", "\\|"),
            found.best().getFirst().equal(),
            found.total());
  }
}
