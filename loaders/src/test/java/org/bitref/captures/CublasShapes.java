package org.bitref.captures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.kernel.Workers;
import org.bitref.operation.Product;
import org.bitref.recipe.BySize;
import org.bitref.recipe.Chosen;
import org.bitref.recipe.Sizes;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** Products of cuBLAS at many sizes on an H200, each under the recipe that its table chooses. */
final class CublasShapes {
  private static final Pattern OUTPUT =
      Pattern.compile("(k(\\d+)n(\\d+)\\.(f16|bf16))\\.m(\\d+)\\.(default|accum16)\\.y");

  private CublasShapes() {}

  /** One captured output and what was chosen for it. */
  record Case(String name, Chosen chosen, Reproduced reproduced) {
    boolean whole() {
      return reproduced.equal() == reproduced.total();
    }
  }

  /** A row for each file and mode, with the products in it that no recipe gives. */
  static List<Reproduced> all() {
    return List.of(
        row("cublas-shapes-h200-f16", "default"),
        row("cublas-shapes-h200-f16", "accum16"),
        row("cublas-shapes-h200-bf16", "default"));
  }

  private static Reproduced row(String file, String mode) {
    List<Case> cases = run(file, mode);
    Reproduced sum = cases.stream().map(Case::reproduced).reduce(Reproduced::plus).orElseThrow();
    long whole = cases.stream().filter(Case::whole).count();
    String stage = "%s, %s of %s products whole".formatted(mode, whole, cases.size());
    String recipe = new BySize(preset(file.substring(file.lastIndexOf('-') + 1), mode)).text();
    return new Reproduced(file, stage, recipe, sum.equal(), sum.total());
  }

  private static String preset(String type, String mode) {
    return "cublas-" + type + (mode.equals("accum16") ? "-accum16" : "");
  }

  /** All of a file whose products were computed in this mode. */
  static List<Case> run(String file, String mode) {
    List<Case> cases = new ArrayList<>();
    try (TensorSource captures = Captures.capture(file);
        Workers workers = new Workers(2)) {
      for (String name : new TreeMap<>(captures.tensors()).keySet()) {
        Matcher output = OUTPUT.matcher(name);
        if (output.matches() && output.group(6).equals(mode)) {
          cases.add(run(captures, output, workers));
        }
      }
    }
    return cases;
  }

  private static Case run(TensorSource captures, Matcher output, Workers workers) {
    Sizes sizes = Sizes.product(number(output, 5), number(output, 3), number(output, 2));
    Chosen chosen = new BySize(preset(output.group(4), output.group(6))).at(sizes);
    Tensor x = captures.read(output.group(1) + ".x");
    long[] rows = rows(captures, output);
    Tensor taken = taken(x, captures.read(output.group(1) + ".rows"), rows);
    Product product = new Product(taken, captures.read(output.group(1) + ".w"));
    Tensor y = product.run(chosen.recipe(), workers);
    Tensor expected = captures.read(output.group());
    return new Case(
        output.group(),
        chosen,
        Reproduced.of("cublas-shapes-h200", output.group(), chosen.recipe().text(), expected, y));
  }

  private static long number(Matcher output, int group) {
    return Long.parseLong(output.group(group));
  }

  /** The rows of a product that were captured, as its metadata list them. */
  private static long[] rows(TensorSource captures, Matcher output) {
    String cases = captures.metadata().get("cases");
    String name = output.group().substring(0, output.group().length() - 2);
    int from = cases.indexOf("\"rows\": [", cases.indexOf('"' + name + '"')) + 9;
    return Arrays.stream(cases.substring(from, cases.indexOf(']', from)).split(",\\s*"))
        .mapToLong(Long::parseLong)
        .toArray();
  }

  private static Tensor taken(Tensor x, Tensor held, long[] rows) {
    long depth = x.shape().dim(-1);
    TensorBuilder taken = new TensorBuilder(x.dtype(), Shape.of(rows.length, depth));
    for (int i = 0; i < rows.length; i++) {
      long at = 0;
      while ((long) held.get(at) != rows[i]) {
        at++;
      }
      taken.copy(i * depth, x, at * depth, depth);
    }
    return taken.build();
  }
}
