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
 * where the largest of these that divides the number of keys counts.
 *
 * <p>Worked example, {@code aligned(8=(A),2=(B),1=(C))}: 1024 keys take A, 3006 take B, 333 take C.
 *
 * @param cases the largest multiple first, the last one 1
 */
public record AlignedProduct(List<Case> cases) {
  private static final String NAME = "aligned(";
  private static final Pattern CASE = Pattern.compile("(\\d+)\\s*=\\s*(.*)");

  /**
   * @param multiple what divides the number of keys
   */
  public record Case(int multiple, GemmRecipe recipe) {}

  /**
   * @throws IllegalArgumentException unless every number of keys has its case and all cases give
   *     the same format
   */
  public AlignedProduct {
    cases = List.copyOf(cases);
    int before = Integer.MAX_VALUE;
    for (Case one : cases) {
      Check.that(
          one.multiple > 0 && one.multiple < before, "the numbers of aligned(...) do not descend");
      before = one.multiple;
    }
    Check.that(before == 1, "aligned(...) without 1=, for any number of keys");
    Check.that(
        cases.stream().map(one -> one.recipe.output()).distinct().count() == 1,
        "the products of aligned(...) give different formats");
  }

  /** The same recipe for any number of keys. */
  public static AlignedProduct always(GemmRecipe recipe) {
    return new AlignedProduct(List.of(new Case(1, recipe)));
  }

  /** The recipe for so many keys. */
  public GemmRecipe of(int keys) {
    return cases.stream().filter(one -> keys % one.multiple == 0).findFirst().orElseThrow().recipe;
  }

  /** Those of all cases. */
  public List<GemmRecipe> recipes() {
    return cases.stream().map(Case::recipe).toList();
  }

  /** Every recipe changed in the same way. */
  public AlignedProduct map(UnaryOperator<GemmRecipe> change) {
    return new AlignedProduct(
        cases.stream().map(one -> new Case(one.multiple, change.apply(one.recipe))).toList());
  }

  /** The canonical text. */
  public String text() {
    if (cases.size() == 1) {
      return Value.GEMM.writer().apply(cases.getFirst().recipe);
    }
    return cases.stream()
        .map(one -> one.multiple + "=" + Value.GEMM.writer().apply(one.recipe))
        .collect(Collectors.joining(",", NAME, ")"));
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
      cases.add(new Case(multiple, Value.GEMM.reader().read(outer, key, matcher.group(2))));
    }
    cases.sort(Comparator.comparingInt(Case::multiple).reversed());
    return new AlignedProduct(cases);
  }
}
