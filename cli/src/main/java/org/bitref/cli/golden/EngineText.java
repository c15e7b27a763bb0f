package org.bitref.cli.golden;

import java.util.List;
import java.util.stream.Collectors;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.loaders.engine.EngineRecipe.Basis;
import org.bitref.loaders.engine.EngineRecipe.Doubt;
import org.bitref.loaders.engine.EngineRecipe.Kernel;

/**
 * What is said of an engine's kernels: which are like measured ones, and what settles the others.
 */
final class EngineText {
  private static final int SHOWN = 3;

  private EngineText() {}

  static void write(List<Kernel> kernels, Lines text) {
    long measured = kernels.stream().filter(one -> one.basis() == Basis.MEASURED).count();
    text.line(
        "the engine's layers: %s, %s of them of kinds that were reproduced bit for bit"
            .formatted(Numbers.count(kernels.size(), "kernel"), measured));
    for (Doubt doubt : Doubt.values()) {
      List<Kernel> such = kernels.stream().filter(one -> one.doubt() == doubt).toList();
      if (doubt != Doubt.NONE && !such.isEmpty()) {
        text.paragraph(told(doubt, such));
        taken(such).forEach(recipe -> text.paragraph("taken: " + recipe, "    "));
      }
    }
  }

  private static List<String> taken(List<Kernel> kernels) {
    return kernels.stream().flatMap(one -> one.recipe().stream()).distinct().limit(SHOWN).toList();
  }

  private static String told(Doubt doubt, List<Kernel> kernels) {
    String some =
        kernels.stream().limit(SHOWN).map(EngineText::name).collect(Collectors.joining(", "));
    String more = kernels.size() > SHOWN ? " and others (all with --format json)" : "";
    return some + more + ": " + why(doubt);
  }

  private static String name(Kernel kernel) {
    return kernel.stages().isEmpty()
        ? kernel.layer()
        : kernel.layer() + " (" + String.join(", ", kernel.stages()) + ")";
  }

  private static String why(Doubt doubt) {
    return switch (doubt) {
      case NONE -> "";
      case SPLIT_K ->
          "such kernels split K where a product has few tiles, which no name tells. Predicted from"
              + " the size; `bitref probe` at this size or a captured result settles it.";
      case WIDE_EPILOGUE ->
          "the same kernel goes on after a float32 sum. Predicted: the sum is rounded to the"
              + " result's type first, as by itself; a capture of what the kernel reads and gives"
              + " settles it with `bitref explain`.";
      case PLACE ->
          "the name does not tell which product of this place it is, and another has another"
              + " tactic. Predicted from the order; the stage as an output settles it.";
      case TYPES ->
          "the tactic does not name the types of its operands and sums. The nearest recipe is"
              + " taken; `bitref probe` or a captured result settles it.";
      case SUM_ORDER ->
          "captures of rows of this length fit several orders of the sum, or there are none. Taken:"
              + " halves(8); of 3006 keys lanes(256) and lanes(1024) fit as well. The stage and its"
              + " inputs captured, every row, settle it with `bitref identify`.";
      case FUSED_ATTENTION ->
          "attention in one kernel, whose order of keys follows from its size. The nearest recipe"
              + " is taken; q, k, v and the result captured settle it with `bitref identify`.";
      case STEPS ->
          "the same steps in an order that no measured kernel has. Predicted; a capture of what the"
              + " kernel reads and gives settles it with `bitref explain`.";
      case KIND ->
          "not known. Its stages are taken as TensorRT's usual kernels, or as --recipe says; a"
              + " capture of what it reads and gives settles it with `bitref explain`.";
    };
  }
}
