package org.bitref.probe.function;

import java.util.ArrayList;
import java.util.List;
import org.bitref.functions.CudaMath;
import org.bitref.functions.PtxApprox;
import org.bitref.functions.Sfu;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.SoftmaxKernel;
import org.bitref.kernel.row.Exponentials;
import org.bitref.kernel.row.PointKernel;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.search.space.RowSpace;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * The known ways to compute a function, those of libraries first. 2^x, 1/x, 1/√x and e^x are
 * computed in float32; on 16-bit numbers the result is then rounded to nearest even, but for the
 * 16-bit instruction of 2^x.
 */
final class Candidates {
  /** One float from another. */
  private interface FloatFunction {
    float at(float x);
  }

  private final List<Candidate> all = new ArrayList<>();

  private Candidates() {}

  /** Those of every function but the norm, which has a search. */
  static List<Candidate> of(SpecialFunction function, Format format, Workers workers) {
    Candidates candidates = new Candidates();
    switch (function) {
      case EX2 -> candidates.ex2(format);
      case RCP -> candidates.rcp();
      case RSQRT -> candidates.rsqrt();
      case EXP -> candidates.exp();
      case SILU -> candidates.all.addAll(silu(format, workers));
      case SOFTMAX -> candidates.all.addAll(softmax(format, workers));
      case NORM -> throw new IllegalArgumentException(function.word());
    }
    return candidates.all;
  }

  private void ex2(Format format) {
    h100("ex2.approx.ftz.f32", Sfu::ex2);
    h100("ex2.approx.f32", PtxApprox::ex2);
    // All 65,536 inputs of both types on an H100 (CUDA 13.0, 2026-11-22); overflow stays infinite.
    if (format != Format.F32) {
      String name = "ex2.approx" + (format == Format.F16 ? ".f16" : ".ftz.bf16") + ", cut";
      all.add(Candidate.ofPoints(name, true, x -> cutEx2(x, format)));
    }
    plain("2^x rounded once", x -> (float) StrictMath.pow(2, x));
  }

  private static Tensor cutEx2(Tensor x, Format format) {
    double beyond = 2 * Math.scalb(1.0, format.emax());
    TensorBuilder y = new TensorBuilder(x.dtype(), x.shape());
    for (long i = 0; i < x.elements(); i++) {
      double wide = Sfu.ex2((float) x.get(i));
      y.set(i, wide < beyond ? format.round(wide, Rounding.RZ) : wide);
    }
    return y.build();
  }

  private void rcp() {
    h100("rcp.approx.ftz.f32", Sfu::rcp);
    h100("rcp.approx.f32", PtxApprox::rcp);
    plain("1/x rounded once", x -> 1 / x);
  }

  private void rsqrt() {
    h100("rsqrt.approx.ftz.f32", Sfu::rsqrt);
    h100("rsqrt.approx.f32", PtxApprox::rsqrt);
    plain("1/sqrt(x) rounded once", x -> (float) (1 / Math.sqrt(x)));
    plain("1/sqrt(x), both rounded", x -> 1 / (float) Math.sqrt(x));
  }

  private void exp() {
    h100("CUDA expf", CudaMath::expf);
    h100("CUDA expf, -ftz=true", CudaMath::expfFtz);
    h100("CUDA __expf", CudaMath::fastExpf);
    h100("CUDA __expf, -ftz=true", CudaMath::fastExpfFtz);
    for (Exponential exponential : List.of(Exponential.CR, Exponential.SLEEF)) {
      String name = exponential == Exponential.CR ? "e^x rounded once" : "SLEEF's polynomial";
      var e = Exponentials.of(exponential, Format.F32);
      plain(name, x -> (float) e.applyAsDouble(x));
    }
  }

  private void h100(String text, FloatFunction f) {
    all.add(Candidate.ofPoints(text, true, x -> map(f, x)));
  }

  /** The function, and the same on a machine that takes subnormals for zero. */
  private void plain(String text, FloatFunction f) {
    all.add(Candidate.ofPoints(text, false, x -> map(f, x)));
    all.add(Candidate.ofPoints(text + ", ftz", false, x -> map(v -> flush(f.at(flush(v))), x)));
  }

  private static float flush(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? x * 0f : x;
  }

  private static Tensor map(FloatFunction f, Tensor x) {
    TensorBuilder y = new TensorBuilder(x.dtype(), x.shape());
    for (long i = 0; i < x.elements(); i++) {
      y.set(i, f.at((float) x.get(i)));
    }
    return y.build();
  }

  private static List<Candidate> silu(Format format, Workers workers) {
    return StageSpace.silus(format).stream()
        .map(
            recipe ->
                Candidate.ofPoints(
                    recipe.text(),
                    isOfH100(recipe.exponential()),
                    x -> new PointKernel(recipe).run(x, workers)))
        .toList();
  }

  private static List<Candidate> softmax(Format format, Workers workers) {
    return RowSpace.softmaxes(format).stream()
        .map(
            recipe ->
                new Candidate(
                    recipe.text(),
                    isOfH100(recipe.exponential()),
                    x -> new SoftmaxKernel(recipe).run(x, workers),
                    x -> new SoftmaxKernel(unrounded(recipe)).run(x, workers)))
        .toList();
  }

  private static SoftmaxRecipe unrounded(SoftmaxRecipe r) {
    return new SoftmaxRecipe(
        r.calc(), r.step(), r.exponential(), r.sum(), r.quotient(), Format.F32);
  }

  private static boolean isOfH100(Exponential exponential) {
    return exponential == Exponential.CUDA || exponential == Exponential.FAST;
  }
}
