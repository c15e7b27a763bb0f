package org.bitref.captures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.attention.TiledAttentionKernel;
import org.bitref.recipe.Presets;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** Attention kernels of an H100 that go through the keys in tiles: PyTorch's and TensorRT's. */
final class TiledAttention {
  private static final int D = 128;

  private static final Once CAUSAL = new Once(TiledAttention::compared);
  private static final Once LENGTHS = new Once(TiledAttention::comparedLengths);

  private TiledAttention() {}

  private static TiledAttentionRecipe preset(String name) {
    return (TiledAttentionRecipe) Presets.ATTENTION.get(name).recipe();
  }

  /** The recipe with the number of ranges that it chooses for so many heads of queries. */
  private static TiledAttentionRecipe settled(TiledAttentionRecipe recipe, int heads, int tokens) {
    int splits = recipe.splits().count(heads * Math.ceilDiv(tokens, 64), tokens);
    int tile = splits == 1 ? recipe.keys() : recipe.splits().tile(recipe.keys());
    String text =
        recipe
            .text()
            .replace("splits=" + recipe.splits().text(), "splits=" + splits)
            .replaceFirst("keys=\\d+", "keys=" + tile);
    return (TiledAttentionRecipe) StageRecipe.parse(text);
  }

  /** PyTorch's, 60 queries of two heads among 3006 tokens. Skips the test without the captures. */
  static List<Reproduced> causal() {
    return CAUSAL.rows();
  }

  /**
   * PyTorch's, 30 queries of two of 32 heads among 333, 1024 and 3006 tokens, and what
   * scaled_dot_product_attention took by itself. Skips the test without the captures.
   */
  static List<Reproduced> lengths() {
    return LENGTHS.rows();
  }

  private static List<Reproduced> compared() {
    List<Reproduced> rows = new ArrayList<>();
    try (TensorSource capture = Captures.capture("attention-h100")) {
      for (String kernel : List.of("flash", "efficient", "cudnn")) {
        for (String format : List.of("f16", "bf16")) {
          TiledAttentionRecipe recipe = preset("torch-" + kernel + "-" + format);
          Tensor computed = causal(capture, "", 4, recipe);
          String stage = "torch_" + kernel + "_" + format;
          Tensor captured = capture.read("attn." + stage);
          rows.add(Reproduced.of("pytorch_cuda", stage, recipe.text(), captured, computed));
        }
      }
    }
    return rows;
  }

  private static List<Reproduced> comparedLengths() {
    List<Reproduced> rows = new ArrayList<>();
    try (TensorSource capture = Captures.capture("attention-lengths-h200")) {
      for (int tokens : new int[] {333, 1024, 3006}) {
        for (String kernel : List.of("flash", "efficient", "cudnn")) {
          for (String format : List.of("f16", "bf16")) {
            TiledAttentionRecipe recipe = preset("torch-" + kernel + "-" + format);
            String prefix = "s" + tokens + "." + format + ".";
            Tensor computed = causal(capture, prefix, 32, recipe);
            for (String name : calls(kernel)) {
              Tensor captured = capture.read(prefix + name + ".out");
              rows.add(
                  Reproduced.of("pytorch_cuda", prefix + name, recipe.text(), captured, computed));
            }
          }
        }
      }
    }
    return rows;
  }

  /** What runs a kernel. */
  private static List<String> calls(String kernel) {
    return kernel.equals("cudnn") ? List.of(kernel, "sdpa_default") : List.of(kernel);
  }

  /**
   * Each sampled query by itself, the keys after it hidden: no query depends on another.
   *
   * @param heads of which two were captured
   */
  private static Tensor causal(
      TensorSource capture, String prefix, int heads, TiledAttentionRecipe recipe) {
    DType dtype = DType.of(recipe.output());
    Tensor rows = capture.read(prefix + "rows");
    Tensor q = capture.read(prefix + "q").cast(dtype);
    Tensor keys = capture.read(prefix + "k").cast(dtype);
    int tokens = keys.shape().intDim(1);
    Shape two = Shape.of(1, 2, tokens, D);
    Tensor k = keys.reshape(two);
    Tensor v = capture.read(prefix + "v").cast(dtype).reshape(two);
    TiledAttentionKernel kernel = new TiledAttentionKernel(settled(recipe, heads, tokens));
    int n = Math.toIntExact(rows.elements());
    TensorBuilder computed = new TensorBuilder(dtype, Shape.of(2, n, D));
    try (Workers workers = new Workers(2)) {
      for (int i = 0; i < n; i++) {
        boolean[] seen = new boolean[tokens];
        Arrays.fill(seen, 0, (int) rows.getLong(i) + 1, true);
        TensorBuilder query = new TensorBuilder(dtype, Shape.of(1, 2, 1, D));
        query.copy(0, q, (long) i * D, D);
        query.copy(D, q, (long) (n + i) * D, D);
        AttentionFunction function = AttentionFunction.of(D).notCausal();
        Tensor out = kernel.run(query.build(), k, v, function, Optional.of(seen), 1, workers);
        computed.copy((long) i * D, out, 0, D);
        computed.copy((long) (n + i) * D, out, D, D);
      }
    }
    return computed.build();
  }

  /**
   * Every query of two heads seeing every key: PyTorch's over 512 and 77 tokens, TensorRT's fused
   * attention over 512, whose eight engines are named after the place of the scale in their graphs.
   * Skips the test without the captures.
   */
  static List<Reproduced> full() {
    List<Reproduced> rows = new ArrayList<>();
    try (TensorSource capture = Captures.capture("tensorrt-mha-h100");
        Workers workers = new Workers(2)) {
      List<String> sdpa = List.of("torch_sdpa");
      rows.addAll(full("torch-cudnn-f16", "s77d64", sdpa, capture, workers));
      rows.addAll(full("torch-cudnn-f16", "s512d128", sdpa, capture, workers));
      engines()
          .forEach(
              (preset, names) -> rows.addAll(full(preset, "s512d128", names, capture, workers)));
    }
    return rows;
  }

  /** Which engines are the same. */
  private static Map<String, List<String>> engines() {
    Map<String, List<String>> engines = new TreeMap<>();
    engines.put(
        "tensorrt-mha-tiled-f16",
        List.of(
            "trt_fp16.f32", "trt_fp16.q", "trt_fp16.scores", "trt_strong.q", "trt_strong.scores"));
    engines.put("tensorrt-mha-tiled-f16-sqrt", List.of("trt_fp16.sqrt", "trt_strong.sqrt"));
    engines.put("tensorrt-mha-tiled-f32", List.of("trt_strong.f32"));
    return engines;
  }

  /** Of each of TensorRT's engines over 512 tokens the presets that reproduce all of it. */
  static Map<String, List<String>> fitting() {
    List<String> all = engines().values().stream().flatMap(List::stream).toList();
    Map<String, List<String>> fitting = new TreeMap<>();
    try (TensorSource capture = Captures.capture("tensorrt-mha-h100");
        Workers workers = new Workers(2)) {
      for (String preset : engines().keySet()) {
        for (Reproduced row : full(preset, "s512d128", all, capture, workers)) {
          List<String> presets = fitting.computeIfAbsent(row.stage(), _ -> new ArrayList<>());
          if (row.equal() == row.total()) {
            presets.add(preset);
          }
        }
      }
    }
    return fitting;
  }

  private static List<Reproduced> full(
      String preset, String shape, List<String> systems, TensorSource capture, Workers workers) {
    TiledAttentionRecipe recipe = preset(preset);
    Tensor q = capture.read(shape + ".q");
    int tokens = q.shape().intDim(1);
    int d = q.shape().intDim(2);
    Shape heads = Shape.of(1, 2, tokens, d);
    Tensor k = capture.read(shape + ".k").reshape(heads);
    Tensor v = capture.read(shape + ".v").reshape(heads);
    Tensor out =
        new TiledAttentionKernel(recipe)
            .run(
                q.reshape(heads),
                k,
                v,
                AttentionFunction.of(d).notCausal(),
                Optional.empty(),
                tokens,
                workers);
    TensorBuilder computed = new TensorBuilder(DType.F16, q.shape());
    for (int i = 0; i < 2 * tokens; i++) {
      computed.copy((long) (i % 2 * tokens + i / 2) * d, out, (long) i * d, d);
    }
    List<Reproduced> rows = new ArrayList<>();
    for (String name : systems) {
      String system = name.startsWith("trt") ? "tensorrt" : "pytorch_cuda";
      Tensor captured = capture.read(shape + ".attn." + name);
      String stage = shape + "." + name;
      rows.add(Reproduced.of(system, stage, recipe.text(), captured, computed.build()));
    }
    return rows;
  }
}
