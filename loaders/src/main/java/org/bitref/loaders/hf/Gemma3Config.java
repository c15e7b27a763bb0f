package org.bitref.loaders.hf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.loaders.json.JsonObject;
import org.bitref.model.Gemma3;

/**
 * What a config of Gemma 3 says of its layers. Those of the released models leave out what their
 * class in transformers has as defaults; these are the released values.
 */
final class Gemma3Config {
  /** What a released config may leave out, of the smallest model that does. */
  static final int VOCABULARY = 262_208;

  static final int HEADS = 8;
  static final int KEY_HEADS = 4;
  static final int HEAD = 256;
  static final double EPS = 1e-6;
  static final double THETA = 1e6;

  private static final int WINDOW = 4096;
  private static final int PATTERN = 6;
  private static final double LOCAL_THETA = 1e4;
  private static final double QUERY_SCALAR = 256;

  private Gemma3Config() {}

  static Gemma3 read(JsonObject text) {
    int layers = HfConfig.positive(text, "num_hidden_layers");
    int window = text.has("sliding_window") ? HfConfig.positive(text, "sliding_window") : WINDOW;
    return new Gemma3(
        window,
        pattern(text, layers),
        text.has("query_pre_attn_scalar")
            ? HfConfig.positiveNumber(text, "query_pre_attn_scalar")
            : QUERY_SCALAR,
        localTheta(text));
  }

  /** The pattern of a list of layers must be that of whole groups, the last of each seeing all. */
  private static int pattern(JsonObject text, int layers) {
    Optional<List<String>> types = text.strings("layer_types");
    int pattern =
        text.wholeNumber("sliding_window_pattern")
            .or(() -> text.wholeNumber("_sliding_window_pattern"))
            .orElseGet(() -> types.map(Gemma3Config::first).orElse(PATTERN));
    if (pattern < 1) {
      throw text.bad("sliding_window_pattern is " + pattern);
    }
    List<String> due = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      due.add((i + 1) % pattern == 0 ? "full_attention" : "sliding_attention");
    }
    if (types.isPresent() && !types.get().equals(due)) {
      throw text.bad(
          "layer_types are not those of sliding_window_pattern " + pattern, HfConfig.UNSUPPORTED);
    }
    return pattern;
  }

  /** Layers up to the first that sees all keys. */
  private static int first(List<String> types) {
    int at = types.indexOf("full_attention");
    return at < 0 ? types.size() + 1 : at + 1;
  }

  private static double localTheta(JsonObject text) {
    Optional<JsonObject> local =
        text.object("rope_parameters").flatMap(all -> all.object("sliding_attention"));
    if (local.isPresent()) {
      HfRope.checkUnscaled(local.get());
      return HfConfig.positiveNumber(local.get(), "rope_theta");
    }
    return text.has("rope_local_base_freq")
        ? HfConfig.positiveNumber(text, "rope_local_base_freq")
        : LOCAL_THETA;
  }
}
