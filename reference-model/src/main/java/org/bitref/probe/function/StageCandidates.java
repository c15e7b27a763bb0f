package org.bitref.probe.function;

import java.util.ArrayList;
import java.util.List;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.SoftmaxKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.numerics.Format;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.recipe.SoftmaxRecipe.Quotient;
import org.bitref.recipe.SumOrder;

/** The recipes of silu and of softmax, those of libraries first. */
final class StageCandidates {
  private StageCandidates() {}

  static List<Candidate> silu(Format format, Workers workers) {
    List<Candidate> all = new ArrayList<>();
    for (PointRecipe.Form form : PointRecipe.Form.values()) {
      for (Exponential exponential : Exponential.values()) {
        all.add(silu(form, exponential, Format.F32, format, workers));
      }
      all.add(silu(form, Exponential.CR, Format.F64, format, workers));
    }
    return all;
  }

  private static Candidate silu(
      PointRecipe.Form form, Exponential exponential, Format calc, Format out, Workers workers) {
    PointRecipe recipe = new PointRecipe(PointRecipe.Kind.SILU, calc, exponential, form, out);
    return Candidate.ofPoints(
        recipe.text(), isOfH100(exponential), x -> new PointKernel(recipe).run(x, workers));
  }

  static List<Candidate> softmax(Format format, Workers workers) {
    List<Candidate> all = new ArrayList<>();
    List<Format> steps = format == Format.F32 ? List.of(Format.F32) : List.of(Format.F32, format);
    for (Format step : steps) {
      for (SumOrder sum : orders()) {
        for (Exponential exponential : Exponential.values()) {
          for (Quotient quotient : Quotient.values()) {
            all.add(softmax(step, exponential, sum, quotient, format, workers));
          }
        }
      }
    }
    return all;
  }

  private static Candidate softmax(
      Format step,
      Exponential exponential,
      SumOrder sum,
      Quotient quotient,
      Format format,
      Workers workers) {
    SoftmaxRecipe recipe = new SoftmaxRecipe(Format.F32, step, exponential, sum, quotient, format);
    SoftmaxRecipe unrounded =
        new SoftmaxRecipe(Format.F32, step, exponential, sum, quotient, Format.F32);
    return new Candidate(
        recipe.text(),
        isOfH100(exponential),
        x -> new SoftmaxKernel(recipe).run(x, workers),
        x -> new SoftmaxKernel(unrounded).run(x, workers));
  }

  private static boolean isOfH100(Exponential exponential) {
    return exponential == Exponential.CUDA || exponential == Exponential.FAST;
  }

  private static List<SumOrder> orders() {
    List<SumOrder> orders = new ArrayList<>();
    orders.add(new SumOrder.TorchSoftmax(Format.F32));
    orders.add(new SumOrder.TorchSoftmax(Format.F16));
    orders.add(new SumOrder.Lanes(16, 1, 1, 16, true));
    orders.add(new SumOrder.Lanes(8, 1, 1, 8, true));
    orders.add(SumOrder.EXACT);
    orders.add(SumOrder.SEQUENTIAL);
    for (int count = 2; count <= 1024; count *= 2) {
      for (int vec = 1; vec <= 8; vec *= 2) {
        for (int acc : new int[] {1, 4}) {
          orders.add(new SumOrder.Lanes(count, vec, acc, count, false));
          if (count > 32) {
            orders.add(new SumOrder.Lanes(count, vec, acc, 32, false));
          }
        }
      }
    }
    return orders;
  }
}
