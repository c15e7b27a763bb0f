package org.bitref.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Linear;
import org.bitref.kernel.row.Frequencies.Llama3;
import org.bitref.kernel.row.Frequencies.Unscaled;
import org.bitref.model.ModelConfig.VisionTokens;

/** The geometry of released models, by short names. */
public final class Released {
  private static final Map<String, ModelConfig> ALL = new LinkedHashMap<>();

  static {
    ALL.put("qwen3-vl-2b", qwen3Vl(2048, 28, 16, 6144, true));
    ALL.put("qwen3-vl-4b", qwen3Vl(2560, 36, 32, 9728, true));
    ALL.put("qwen3-vl-8b", qwen3Vl(4096, 36, 32, 12288, false));
    for (String size : List.of("2b", "4b", "8b")) {
      ALL.put(size, ALL.get("qwen3-vl-" + size));
    }
    ALL.put("qwen3-0.6b", qwen3(1024, 28, 16, 3072, true));
    ALL.put("qwen3-8b", qwen3(4096, 36, 32, 12288, false));
    ALL.put("qwen2.5-vl-3b", qwen25Vl(151936, 2048, 36, 16, 2, 11008, true));
    ALL.put("qwen2.5-vl-7b", qwen25Vl(152064, 3584, 28, 28, 4, 18944, false));
    ALL.put("llama3-1b", llama(2048, 16, 32, 64, 8192, 32, true));
    ALL.put("llama3-8b", llama(4096, 32, 32, 128, 14336, 8, false));
    ALL.put("gemma3-4b", gemma3(2560, 34, 8, 4, 10240));
    ALL.put("gemma3-12b", gemma3(3840, 48, 16, 8, 15360));
  }

  private Released() {}

  /** The names. */
  public static Set<String> names() {
    return ALL.keySet();
  }

  /**
   * A released model.
   *
   * @throws IllegalArgumentException for another name
   */
  public static ModelConfig of(String name) {
    ModelConfig config = ALL.get(name);
    if (config == null) {
      throw new IllegalArgumentException(
          "known are %s, not %s".formatted(String.join(", ", names()), name));
    }
    return config;
  }

  private static ModelConfig qwen3Vl(
      int hidden, int layers, int heads, int intermediate, boolean tied) {
    return new ModelConfig(
        new Qwen3Vl(),
        151936,
        hidden,
        layers,
        heads,
        8,
        128,
        intermediate,
        1e-6,
        Frequencies.interleaved(5e6, List.of(24, 20, 20)),
        tied,
        VisionTokens.QWEN3_VL);
  }

  private static ModelConfig qwen3(
      int hidden, int layers, int heads, int intermediate, boolean tied) {
    return new ModelConfig(
        new Qwen3(),
        151936,
        hidden,
        layers,
        heads,
        8,
        128,
        intermediate,
        1e-6,
        Frequencies.ofText(1e6, 128, new Unscaled()),
        tied,
        VisionTokens.NONE);
  }

  private static ModelConfig qwen25Vl(
      int vocabulary, int hidden, int layers, int heads, int kv, int intermediate, boolean tied) {
    return new ModelConfig(
        new Qwen25Vl(),
        vocabulary,
        hidden,
        layers,
        heads,
        kv,
        128,
        intermediate,
        1e-6,
        new Frequencies(1e6, List.of(16, 24, 24), Frequencies.Axes.BLOCKS, new Unscaled()),
        tied,
        VisionTokens.QWEN3_VL);
  }

  /** Llama 3.1 and 3.2. */
  private static ModelConfig llama(
      int hidden, int layers, int heads, int d, int intermediate, double factor, boolean tied) {
    return new ModelConfig(
        new Llama(),
        128256,
        hidden,
        layers,
        heads,
        8,
        d,
        intermediate,
        1e-5,
        Frequencies.ofText(5e5, d, new Llama3(factor, 1, 4, 8192)),
        tied,
        VisionTokens.NONE);
  }

  private static ModelConfig gemma3(int hidden, int layers, int heads, int kv, int intermediate) {
    return new ModelConfig(
        Gemma3.usual(),
        262208,
        hidden,
        layers,
        heads,
        kv,
        256,
        intermediate,
        1e-6,
        Frequencies.ofText(1e6, 256, new Linear(8)),
        true,
        VisionTokens.NONE);
  }
}
