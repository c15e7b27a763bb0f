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
  private static final int HEADS = 4;
  private static final int TOKENS = 3006;
  private static final int BLOCKS = HEADS * ((TOKENS + 63) / 64);
  private static final int D = 128;

  private static final Once CAUSAL = new Once(TiledAttention::compared);

  private TiledAttention() {}

  private static TiledAttentionRecipe preset(String name) {
    return (TiledAttentionRecipe) Presets.ATTENTION.get(name).recipe();
  }

  /** The recipe with the number of ranges that it chooses for the captured geometry. */
  private static TiledAttentionRecipe settled(TiledAttentionRecipe recipe) {
    int splits = recipe.splits().count(BLOCKS, TOKENS);
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

  private static List<Reproduced> compared() {
    List<Reproduced> rows = new ArrayList<>();
    for (String kernel : List.of("flash", "efficient", "cudnn")) {
      for (String format : List.of("f16", "bf16")) {
        rows.add(causal(kernel, format));
      }
    }
    return rows;
  }

  /** Each sampled query by itself, the keys after it hidden: no query depends on another. */
  private static Reproduced causal(String name, String format) {
    TiledAttentionRecipe recipe = preset("torch-" + name + "-" + format);
    TiledAttentionKernel kernel = new TiledAttentionKernel(settled(recipe));
    DType dtype = DType.of(recipe.output());
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      Tensor rows = capture.read("rows");
      Tensor q = capture.read("q").cast(dtype);
      Tensor k = capture.read("k").cast(dtype).reshape(Shape.of(1, 2, TOKENS, D));
      Tensor v = capture.read("v").cast(dtype).reshape(Shape.of(1, 2, TOKENS, D));
      int n = Math.toIntExact(rows.elements());
      TensorBuilder computed = new TensorBuilder(dtype, Shape.of(2, n, D));
      for (int i = 0; i < n; i++) {
        boolean[] seen = new boolean[TOKENS];
        Arrays.fill(seen, 0, (int) rows.getLong(i) + 1, true);
        TensorBuilder query = new TensorBuilder(dtype, Shape.of(1, 2, 1, D));
        query.copy(0, q, (long) i * D, D);
        query.copy(D, q, (long) (n + i) * D, D);
        AttentionFunction function = AttentionFunction.of(D).notCausal();
        Tensor out = kernel.run(query.build(), k, v, function, Optional.of(seen), 1, workers);
        computed.copy((long) i * D, out, 0, D);
        computed.copy((long) (n + i) * D, out, D, D);
      }
      String stage = "torch_" + name + "_" + format;
      Tensor captured = capture.read("attn." + stage);
      return Reproduced.of("pytorch_cuda", stage, recipe.text(), captured, computed.build());
    }
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
