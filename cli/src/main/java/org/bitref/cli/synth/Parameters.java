package org.bitref.cli.synth;

import java.util.ArrayList;
import java.util.List;
import org.bitref.model.Qwen3VlConfig;
import org.bitref.tensor.Shape;

/** The parameters of a text model under the names of a Hugging Face checkpoint. */
final class Parameters {
  static final String PREFIX = "model.language_model.";

  private final List<Parameter> all = new ArrayList<>();

  private Parameters() {}

  /** How values of a parameter are spread. */
  enum Kind {
    /** Normal, with a standard deviation of 1 / sqrt(columns). */
    LINEAR,
    /** As {@link #LINEAR}; its rows are channels of the residual stream, a few of them outliers. */
    RESIDUAL,
    /** Normal, with a standard deviation of 0.02. */
    EMBEDDING,
    /** Log-normal around 1. */
    NORM
  }

  /** One parameter. */
  record Parameter(String name, Shape shape, Kind kind) {
    long bytes() {
      return 2 * shape.elements();
    }
  }

  static List<Parameter> of(Qwen3VlConfig config) {
    Parameters parameters = new Parameters();
    int hidden = config.hiddenSize();
    parameters.add("embed_tokens", Kind.EMBEDDING, config.vocabSize(), hidden);
    for (int i = 0; i < config.layers(); i++) {
      parameters.layer("layers." + i + ".", config);
    }
    parameters.add("norm", Kind.NORM, hidden);
    if (!config.tieWordEmbeddings()) {
      Shape shape = Shape.of(config.vocabSize(), hidden);
      parameters.all.add(new Parameter("lm_head.weight", shape, Kind.LINEAR));
    }
    return parameters.all;
  }

  private void layer(String layer, Qwen3VlConfig config) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    add(layer + "input_layernorm", Kind.NORM, hidden);
    add(layer + "self_attn.q_proj", Kind.LINEAR, config.queryWidth(), hidden);
    add(layer + "self_attn.k_proj", Kind.LINEAR, config.kvWidth(), hidden);
    add(layer + "self_attn.v_proj", Kind.LINEAR, config.kvWidth(), hidden);
    add(layer + "self_attn.q_norm", Kind.NORM, config.headDim());
    add(layer + "self_attn.k_norm", Kind.NORM, config.headDim());
    add(layer + "self_attn.o_proj", Kind.RESIDUAL, hidden, config.queryWidth());
    add(layer + "post_attention_layernorm", Kind.NORM, hidden);
    add(layer + "mlp.gate_proj", Kind.LINEAR, wide, hidden);
    add(layer + "mlp.up_proj", Kind.LINEAR, wide, hidden);
    add(layer + "mlp.down_proj", Kind.RESIDUAL, hidden, wide);
  }

  private void add(String module, Kind kind, long... dims) {
    all.add(new Parameter(PREFIX + module + ".weight", Shape.of(dims), kind));
  }
}
