package org.bitref.recipe;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What in a recipe tells the kind of machine that it is of. */
final class MachineParts {
  private final Set<Machine> machines = EnumSet.noneOf(Machine.class);
  private final List<GemmRecipe> products = new ArrayList<>();
  private boolean function;

  /** A kind of machine. */
  enum Machine {
    CPU,
    GPU
  }

  MachineParts(StageRecipe recipe) {
    recipe.candidates().forEach(this::add);
  }

  private void add(StageRecipe recipe) {
    switch (recipe) {
      // Its candidates stand here in its place.
      case BySize _ -> {}
      case GemmRecipe gemm -> product(gemm);
      case NormRecipe norm -> {
        sum(norm.sum());
        gpu(norm.rsqrt() == NormRecipe.Rsqrt.SFU);
      }
      case PointRecipe point -> exponential(point.exponential());
      case RopeRecipe _ -> {}
      // The frequencies of a model on a GPU may have been made on the CPU: pow= tells nothing.
      case RopeTableRecipe table -> gpu(table.trig() == RopeTableRecipe.Trig.CUDA);
      case SoftmaxRecipe softmax -> softmax(softmax);
      case AttentionRecipe rows -> {
        softmax(rows.softmax());
        rows.qk().recipes().forEach(this::product);
        rows.pv().recipes().forEach(this::product);
      }
      case TiledAttentionRecipe tiled -> {
        // Both ways to take its powers are a GPU's.
        gpu(true);
        product(tiled.qk());
        product(tiled.pv());
      }
    }
  }

  /** Those that its parts belong to; none where every machine may have it. */
  Set<Machine> machines() {
    return machines;
  }

  /** True if one of the parts is a way to take a function that a machine is known by. */
  boolean hasFunction() {
    return function;
  }

  /** The recipe's own and those inside it. */
  List<GemmRecipe> products() {
    return products;
  }

  private void softmax(SoftmaxRecipe softmax) {
    sum(softmax.sum());
    exponential(softmax.exponential());
  }

  private void exponential(Exponential exponential) {
    switch (exponential) {
      case CR -> {}
      case SLEEF -> {
        machines.add(Machine.CPU);
        function = true;
      }
      case CUDA, FAST -> gpu(true);
    }
  }

  private void gpu(boolean is) {
    if (is) {
      machines.add(Machine.GPU);
      function = true;
    }
  }

  /** A library's order tells the kind of machine, and not what the machine itself has. */
  private void sum(SumOrder order) {
    switch (order) {
      case SumOrder.Cascade _ -> machines.add(Machine.CPU);
      case SumOrder.Halves _, SumOrder.TorchCuda _, SumOrder.TorchSoftmax _ ->
          machines.add(Machine.GPU);
      case SumOrder.Lanes lanes -> {
        if (lanes.inOrder()) {
          machines.add(Machine.CPU);
        }
      }
      case SumOrder.Exact _, SumOrder.Sequential _ -> {}
    }
  }

  private void product(GemmRecipe gemm) {
    products.add(gemm);
    switch (gemm.inner()) {
      case Inner.Fda _ -> machines.add(Machine.GPU);
      case Inner.Bf16Dp _ -> machines.add(Machine.CPU);
      case Inner.Fma _, Inner.MulAdd _, Inner.Exact _ -> {}
    }
    switch (gemm.chain()) {
      case Chain.KBlock _ -> machines.add(Machine.CPU);
      case Chain.Sliced _, Chain.Promote _ -> machines.add(Machine.GPU);
      case Chain.Seq _ -> {}
    }
  }
}
