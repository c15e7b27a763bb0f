package org.bitref.captures;

import java.util.ArrayList;
import java.util.List;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.kernel.row.RopeKernel;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/**
 * Stages of layer 0 of an 8B model at 3006 tokens, 60 of them captured: each from the captured
 * inputs of one system by one preset, beside what the system itself gave.
 */
final class Layer0 {
  /** Marks stages that are not the system's own: it went on with unrounded values. */
  static final String STORED = " from stored inputs";

  private static final double EPS = 1e-6;
  private static final int ALL_TOKENS = 3006;
  private static final int TOKENS = 60;
  private static final int HEAD = 128;

  private final String system;
  private final String marked;
  private final ModelRecipe preset;
  private final TensorSource pre;
  private final TensorSource post;
  private final Workers workers;
  private final List<Reproduced> rows = new ArrayList<>();

  /**
   * Stages of one system.
   *
   * @param system whose results are expected
   * @param marked whose results are the inputs: of a fused engine only the last results exist
   */
  private Layer0(String system, String marked, String preset, Sources sources) {
    this.system = system;
    this.marked = marked;
    this.preset = Recipes.model(preset);
    this.pre = sources.pre;
    this.post = sources.post;
    this.workers = sources.workers;
  }

  private record Sources(TensorSource pre, TensorSource post, Workers workers) {}

  /** All systems, all stages that can be recomputed. Skips the test without the captures. */
  static List<Reproduced> all() {
    try (TensorSource pre = Captures.capture("layer0-preattention-h100");
        TensorSource post = Captures.capture("layer0-postattention-h100");
        Workers workers = new Workers(2)) {
      Sources sources = new Sources(pre, post, workers);
      List<Reproduced> all = new ArrayList<>();
      all.addAll(new Layer0("pytorch_cuda", "pytorch_cuda", "hf-cuda-f16-eager", sources).whole());
      for (String mode : List.of("strong", "fp16")) {
        String name = "tensorrt-10.6-" + mode;
        String marked = "trt_" + mode + "_marked";
        all.addAll(new Layer0(marked, marked, name, sources).whole());
        all.addAll(new Layer0("trt_" + mode + "_fused", marked, name, sources).fused());
      }
      all.addAll(new Layer0("ort_cpu", "ort_cpu", "ort-cpu", sources).unrounded());
      return all;
    }
  }

  private List<Reproduced> whole() {
    check("input_ln", norm("input_ln", pre.read("in.hidden"), ""));
    for (String p : List.of("q", "k", "v")) {
      check(p + "_proj", gemm(p + "_proj", in("input_ln"), ""));
    }
    for (String p : List.of("q", "k")) {
      check(p + "_norm", norm(p + "_norm", in(p + "_proj"), ""));
      check(p + "_rope", rope(p + "_rope", in(p + "_norm")));
    }
    check("o_proj", gemm("o_proj", post.read("in.attn"), ""));
    check("post_attn_hidden", pair("post_attn_hidden", hidden(), in("o_proj")));
    check("gate_proj", gemm("gate_proj", in("post_attn_ln"), ""));
    check("up_proj", gemm("up_proj", in("post_attn_ln"), ""));
    check("mlp_act", silu());
    check("mlp_mul", pair("mlp_mul", in("mlp_act"), in("up_proj")));
    check("mlp_down", gemm("mlp_down", in("mlp_mul"), ""));
    check("hidden", pair("hidden", in("post_attn_hidden"), in("mlp_down")));
    return rows;
  }

  private List<Reproduced> fused() {
    check("v_proj", gemm("v_proj", in("input_ln"), ""));
    check("q_rope", rope("q_rope", in("q_norm")));
    check("k_rope", rope("k_rope", in("k_norm")));
    check("hidden", pair("hidden", in("post_attn_hidden"), in("mlp_down")));
    return rows;
  }

  /** ONNX Runtime on a CPU: some stages read what another has not yet rounded. */
  private List<Reproduced> unrounded() {
    Computed inputLn = norm("input_ln", pre.read("in.hidden"), "f32");
    check("input_ln", norm("input_ln", pre.read("in.hidden"), ""));
    for (String p : List.of("q", "k", "v")) {
      check(p + "_proj", inputLn.then(gemm(p + "_proj", inputLn.tensor, "")));
    }
    for (String p : List.of("q", "k")) {
      check(p + "_norm", norm(p + "_norm", in(p + "_proj"), ""));
      Computed norm = norm(p + "_norm", in(p + "_proj"), "f32");
      check(p + "_rope", norm.then(rope(p + "_rope", norm.tensor)));
    }
    check("o_proj", gemm("o_proj", post.read("in.attn"), ""));
    Computed o = gemm("o_proj", post.read("in.attn"), "f32");
    check("post_attn_hidden", o.then(pair("post_attn_hidden", hidden(), o.tensor)));
    fromStored();
    return rows;
  }

  /** The stages whose inputs ONNX Runtime did not round, from what it rounded and stored. */
  private void fromStored() {
    for (String p : List.of("q", "k", "v")) {
      check(p + "_proj", STORED, gemm(p + "_proj", in("input_ln"), ""));
    }
    for (String p : List.of("q", "k")) {
      check(p + "_rope", STORED, rope(p + "_rope", in(p + "_norm")));
    }
    check("post_attn_hidden", STORED, pair("post_attn_hidden", hidden(), in("o_proj")));
    check("gate_proj", STORED, gemm("gate_proj", in("post_attn_ln"), ""));
    check("up_proj", STORED, gemm("up_proj", in("post_attn_ln"), ""));
    check("mlp_act", STORED, silu());
    check("mlp_mul", STORED, pair("mlp_mul", in("mlp_act"), in("up_proj")));
    check("mlp_down", STORED, gemm("mlp_down", in("mlp_mul"), ""));
    check("hidden", STORED, pair("hidden", in("post_attn_hidden"), in("mlp_down")));
  }

  /** A stage's result, and by which recipe or recipes. */
  private record Computed(String recipe, Tensor tensor) {
    Computed(StageRecipe recipe, Tensor tensor) {
      this(recipe.text(), tensor);
    }

    Computed then(Computed next) {
      return new Computed(recipe + " then " + next.recipe, next.tensor);
    }
  }

  private void check(String stage, Computed computed) {
    check(stage, system.equals(marked) ? "" : " from the marked engine's inputs", computed);
  }

  private void check(String stage, String how, Computed computed) {
    Tensor captured = read(system, stage.equals("hidden") ? "hidden_out" : stage);
    if (stage.equals("mlp_mul")) {
      captured = columns(captured, 12224);
    }
    rows.add(Reproduced.of(system, stage + how, computed.recipe, captured, computed.tensor));
  }

  private Tensor in(String stage) {
    return read(marked, stage);
  }

  private Tensor read(String from, String stage) {
    String name = from + "." + stage;
    return pre.has(name) ? pre.read(name) : post.read(name);
  }

  private Tensor hidden() {
    return columns(post.read("in.hidden"), 4032);
  }

  /** The 64 columns from 0 and the 64 from {@code second}, which the narrow captures hold. */
  private static Tensor columns(Tensor whole, int second) {
    int width = whole.shape().intDim(-1);
    TensorBuilder part = new TensorBuilder(whole.dtype(), Shape.of(TOKENS, 128));
    for (int row = 0; row < TOKENS; row++) {
      part.copy(row * 128L, whole, (long) row * width, 64);
      part.copy(row * 128L + 64, whole, (long) row * width + second, 64);
    }
    return part.build();
  }

  private StageRecipe recipe(String stage) {
    return preset.of("layers.0." + stage);
  }

  /** The preset's recipe with its result in another format; as it is if that is empty. */
  private StageRecipe recipe(String stage, String format) {
    StageRecipe recipe = recipe(stage);
    return format.isEmpty()
        ? recipe
        : StageRecipe.parse(
            recipe.text().replace("out=f16", "out=" + format).replace("cvt(f16", "cvt(" + format));
  }

  private Computed norm(String stage, Tensor x, String format) {
    NormRecipe recipe = (NormRecipe) recipe(stage, format);
    Tensor w = pre.read("w." + stage);
    return new Computed(recipe, new NormKernel(recipe, EPS).run(x, w, x.shape(), workers));
  }

  private Computed gemm(String stage, Tensor x, String format) {
    Tensor w = pre.has("w." + stage) ? pre.read("w." + stage) : post.read("w." + stage);
    Sizes whole = Sizes.product(ALL_TOKENS, columns(stage), w.shape().dim(-1));
    GemmRecipe recipe = (GemmRecipe) recipe(stage, format).at(whole).recipe();
    return new Computed(recipe, Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers));
  }

  /** How many columns the model's product has; the captures hold 128 or 256 of them. */
  private static long columns(String stage) {
    return switch (stage) {
      case "k_proj", "v_proj" -> 1024;
      case "gate_proj", "up_proj" -> 12288;
      default -> 4096;
    };
  }

  private Computed rope(String stage, Tensor x) {
    RopeRecipe recipe = (RopeRecipe) recipe(stage);
    long heads = x.elements() / (TOKENS * HEAD);
    Shape table = Shape.of(TOKENS, 1, HEAD);
    Tensor turned =
        new RopeKernel(recipe)
            .run(
                x.reshape(Shape.of(TOKENS, 1, heads, HEAD)),
                pre.read("in.cos").reshape(table),
                pre.read("in.sin").reshape(table),
                workers);
    return new Computed(recipe, turned);
  }

  private Computed silu() {
    PointRecipe recipe = (PointRecipe) recipe("mlp_act");
    return new Computed(recipe, new PointKernel(recipe).run(in("gate_proj"), workers));
  }

  private Computed pair(String stage, Tensor a, Tensor b) {
    PointRecipe recipe = (PointRecipe) recipe(stage);
    return new Computed(recipe, new PointKernel(recipe).run(a, b, workers));
  }
}
