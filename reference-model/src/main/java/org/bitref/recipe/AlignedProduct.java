package org.bitref.recipe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One of the two products of an attention. A row of scores is as long as there are keys, and how it
 * is aligned decides which kernels a library has for the product that writes it and for the one
 * that reads it.
 *
 * <p>Texts: {@code (gemm)} for any number of keys; {@code aligned(8=(gemm),2=(gemm),1=(gemm))},
 * where the largest of these that divides the number of keys counts. With {@code 1:97=(gemm)} a
 * case begins at 97 keys.
 *
 * <p>Worked example, {@code aligned(8=(A),2=(B),1:97=(C),1=(D))}: 1024 keys take A, 3006 take B,
 * 333 take C, 77 take D.
 *
 * @param cases the largest multiple first, of the same one the largest number of keys; the last is
 *     for any number
 */
public record AlignedProduct(List<Case> cases) {
  private static final String NAME = "aligned(";
  private static final Pattern CASE = Pattern.compile("(\\d+)(?:\\s*:\\s*(\\d+))?\\s*=\\s*(.*)");
  private static final Comparator<Case> ORDER =
      Comparator.comparingInt(Case::multiple).thenComparingInt(Case::from).reversed();

  /**
   * @param multiple what divides the number of keys
   * @param from the least number of keys
   */
  public record Case(int multiple, int from, GemmRecipe recipe) {
    private boolean holds(int keys) {
      return keys % multiple == 0 && keys >= from;
    }

    /** The least number of keys that it may be taken for. */
    public int example() {
      return Math.ceilDiv(from, multiple) * multiple;
    }

    private String text() {
      String least = from == 1 ? "" : ":" + from;
      return multiple + least + "=" + Value.GEMM.writer().apply(recipe);
    }
  }

  /**
   * @throws IllegalArgumentException unless every number of keys has its case and all cases give
   *     the same format
   */
  public AlignedProduct {
    cases = List.copyOf(cases);
    for (int i = 0; i < cases.size(); i++) {
      Case one = cases.get(i);
      boolean after = i == 0 || ORDER.compare(cases.get(i - 1), one) < 0;
      Check.that(
          after && one.multiple > 0 && one.from > 0, "the numbers of aligned(...) do not descend");
    }
    Check.that(
        !cases.isEmpty() && cases.getLast().multiple == 1 && cases.getLast().from == 1,
        "aligned(...) without 1=, for any number of keys");
    Check.that(
        cases.stream().map(one -> one.recipe.output()).distinct().count() == 1,
        "the products of aligned(...) give different formats");
  }

  /** The same recipe for any number of keys. */
  public static AlignedProduct always(GemmRecipe recipe) {
    return new AlignedProduct(List.of(new Case(1, 1, recipe)));
  }

  /** The recipe for so many keys. */
  public GemmRecipe of(int keys) {
    return cases.stream().filter(one -> one.holds(keys)).findFirst().orElseThrow().recipe;
  }

  /** Those of all cases. */
  public List<GemmRecipe> recipes() {
    return cases.stream().map(Case::recipe).toList();
  }

  /** Every recipe changed in the same way. */
  public AlignedProduct map(UnaryOperator<GemmRecipe> change) {
    return new AlignedProduct(
        cases.stream()
            .map(one -> new Case(one.multiple, one.from, change.apply(one.recipe)))
            .toList());
  }

  /** The canonical text. */
  public String text() {
    if (cases.size() == 1) {
      return Value.GEMM.writer().apply(cases.getFirst().recipe);
    }
    return cases.stream().map(Case::text).collect(Collectors.joining(",", NAME, ")"));
  }

  static AlignedProduct parse(Part outer, String key, String text) {
    if (!text.startsWith(NAME) || !text.endsWith(")")) {
      return always(Value.GEMM.reader().read(outer, key, text));
    }
    List<Case> cases = new ArrayList<>();
    for (String item : Part.split(text.substring(NAME.length(), text.length() - 1), ',')) {
      Matcher matcher = CASE.matcher(item);
      if (!matcher.matches()) {
        throw outer.error(key + ": expected aligned(8=(...),1=(...))");
      }
      int multiple = outer.toInt(key, matcher.group(1));
      int from = matcher.group(2) == null ? 1 : outer.toInt(key, matcher.group(2));
      cases.add(new Case(multiple, from, Value.GEMM.reader().read(outer, key, matcher.group(3))));
    }
    cases.sort(ORDER);
    return new AlignedProduct(cases);
  }
}
