package org.bitref.search;

import java.util.ArrayList;
import java.util.List;
import org.bitref.kernel.row.NormKernel.Scale;
import org.bitref.numerics.Format;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.NormRecipe.Form;

/** Norms that do the same with some rows, and how many of the outputs tried they give. */
final class NormGroup {
  private final Element element;
  private final List<Scale> scales;
  private final List<NormRecipe> recipes = new ArrayList<>();
  private long equal;
  private boolean wrong;

  /** All of a recipe that its elements depend on beside their row's scale. */
  record Element(Form form, boolean low, Format weight) {
    /** In float32 to the end, a rounding before the weight rounds nothing. */
    static Element of(NormRecipe recipe) {
      Form form = recipe.form();
      if (recipe.output() == recipe.calc()) {
        form =
            switch (form) {
              case HF -> Form.F32_WEIGHT;
              case DIV -> Form.F32_WEIGHT_DIV;
              default -> form;
            };
      }
      return new Element(form, recipe.low(), recipe.weight());
    }

    /** True if elements are divided by the root. */
    boolean divides() {
      return form == Form.DIV || form == Form.F32_WEIGHT_DIV;
    }
  }

  /**
   * @param scales of the rows
   */
  NormGroup(Element element, List<Scale> scales) {
    this.element = element;
    this.scales = scales;
  }

  Element element() {
    return element;
  }

  int rows() {
    return scales.size();
  }

  Scale scales(int row) {
    return scales.get(row);
  }

  /** What elements take of a row's scales. */
  double scale(int row) {
    return element.divides() ? scales(row).root() : scales(row).reciprocal();
  }

  List<NormRecipe> recipes() {
    return recipes;
  }

  NormRecipe first() {
    return recipes.getFirst();
  }

  void clear() {
    equal = 0;
    wrong = false;
  }

  /** Adds a row of which so many outputs were tried. */
  void add(int rowEqual, int tried) {
    equal += rowEqual;
    wrong |= rowEqual < tried;
  }

  /** Outputs that were equal. */
  long equal() {
    return equal;
  }

  /** True if some output was not equal. */
  boolean isWrong() {
    return wrong;
  }
}
