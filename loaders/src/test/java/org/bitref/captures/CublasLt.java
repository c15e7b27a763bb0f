package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * All 68 distinct results that cublasLt gave on three small problems. Its configuration alone, the
 * algorithm and how many slices, determines the recipe.
 */
final class CublasLt {
  private static final Pattern CONFIGURATION = Pattern.compile("algo=(\\d+) .*splitk=(\\d+) ");

  private CublasLt() {}

  static List<String> problems() {
    return List.of(
        "m128n512k4096.f16.compute32",
        "m128n512k4096.f16.compute16",
        "m128n512k4096.bf16.compute32",
        "m64n256k12288.f16.compute32",
        "m64n256k12288.f16.compute16",
        "m64n256k12288.bf16.compute32",
        "m48n264k2056.f16.compute32",
        "m48n264k2056.f16.compute16",
        "m48n264k2056.bf16.compute32");
  }

  /** The results of one problem that are products. */
  static List<Reproduced> run(String problem) {
    try (TensorSource captures = Captures.capture("cublaslt-h100");
        Workers workers = new Workers(2)) {
      Tensor x = captures.read(problem + ".x");
      Tensor w = captures.read(problem + ".w");
      String wrong = captures.metadata().get("wrong");
      List<Reproduced> results = new ArrayList<>();
      for (int i = 0; captures.has(problem + ".y." + i); i++) {
        String name = problem + ".y." + i;
        // No product at all: 16 slices of which five have no terms, so that old memory is added.
        if (!wrong.contains('"' + name + '"')) {
          GemmRecipe recipe = recipe(captures, problem, i, x.shape().intDim(1));
          Tensor y = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers);
          results.add(Reproduced.of("cublaslt-h100", name, recipe.text(), captures.read(name), y));
        }
      }
      return results;
    }
  }

  static List<Reproduced> all() {
    return problems().stream().flatMap(problem -> run(problem).stream()).toList();
  }

  private static GemmRecipe recipe(TensorSource captures, String problem, int i, int k) {
    Matcher found = CONFIGURATION.matcher(configuration(captures, problem, i));
    assertEquals(true, found.find());
    int slices = Integer.parseInt(found.group(2));
    boolean half = problem.endsWith("compute16");
    String type = problem.contains(".bf16.") ? "bf16" : "f16";
    String partial = half ? "f16" : "f32";
    String split = "splitk(s=" + slices + ",g=64)";
    if (half && k % 64 != 0) {
      // CUTLASS kernels: cuts at multiples of 8, the remainder of the K tile first.
      int tile = found.group(1).equals("23") ? 32 : 64;
      split = "splitk(s=" + slices + ",g=8,residue=first,bk=" + tile + ")";
    }
    return GemmRecipe.parse(
        String.join(
            " | ",
            "in=" + type,
            "fda(w=16,F=25,acc=" + (half ? "f16rne" : "f32rz") + ")",
            "seq",
            slices == 1 ? "none" : split,
            slices == 1 ? "none" : "partial=" + partial + ",order=fwd,add=" + partial + "rne",
            "cvt(" + type + ",rne)"));
  }

  /** The first of the configurations that gave result i. */
  private static String configuration(TensorSource captures, String problem, int i) {
    String configs = captures.metadata().get("configs");
    int from = configs.indexOf("\"" + i + "\": [", configs.indexOf('"' + problem + '"'));
    return configs.substring(from, configs.indexOf(']', from)).split(",", 2)[0] + " ";
  }
}
