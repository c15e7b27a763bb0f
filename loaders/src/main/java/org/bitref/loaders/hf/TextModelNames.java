package org.bitref.loaders.hf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.tensor.TensorSource;

/**
 * Where the text model's tensors are in a checkpoint. Qwen3-VL has them under {@code
 * model.language_model.}, Qwen2.5-VL and Llama under {@code model.}, others under {@code
 * language_model.model.}, {@code vlm.model.language_model.} and so on.
 *
 * @param prefix what stands before {@code embed_tokens.weight}; empty or ending in a dot
 * @param lmHead full name of lm_head.weight, if there is one: the nearest wrapper's, or bare
 */
record TextModelNames(String prefix, Optional<String> lmHead) {
  static final String EMBEDDING = "embed_tokens.weight";
  static final String LM_HEAD = "lm_head.weight";
  // A vision tower or a trajectory expert lacks one of the two.
  private static final String WITNESS = "layers.0.self_attn.q_proj.weight";

  /**
   * Looks for the one text model.
   *
   * @throws BadInputException if there is no text model, or more than one
   */
  static TextModelNames detect(TensorSource source) {
    List<String> prefixes = new ArrayList<>();
    for (String name : source.tensors().keySet()) {
      String prefix = name.substring(0, Math.max(0, name.length() - EMBEDDING.length()));
      boolean whole = prefix.isEmpty() || prefix.endsWith(".");
      if (name.endsWith(EMBEDDING) && whole && source.has(prefix + WITNESS)) {
        prefixes.add(prefix);
      }
    }
    if (prefixes.isEmpty()) {
      throw new BadInputException(
          source.name(),
          "no text model: no tensor ends in " + EMBEDDING + " with " + WITNESS + " beside it",
          "Name the folder of a checkpoint.");
    }
    if (prefixes.size() > 1) {
      throw new BadInputException(
          source.name(),
          "holds %s text models, under the prefixes %s and %s"
              .formatted(prefixes.size(), Text.quote(prefixes.get(0)), Text.quote(prefixes.get(1))),
          "Name a checkpoint with one text model.");
    }
    String prefix = prefixes.getFirst();
    return new TextModelNames(prefix, lmHead(source, prefix));
  }

  private static Optional<String> lmHead(TensorSource source, String prefix) {
    String wrapper = prefix;
    while (true) {
      if (source.has(wrapper + LM_HEAD)) {
        return Optional.of(wrapper + LM_HEAD);
      }
      if (wrapper.isEmpty()) {
        return Optional.empty();
      }
      wrapper = wrapper.substring(0, wrapper.lastIndexOf('.', wrapper.length() - 2) + 1);
    }
  }

  /** The name in the checkpoint of a parameter of the text model. */
  String full(String name) {
    return prefix + name;
  }

  /** True if a tensor belongs to the text model by its name. */
  boolean owns(String fullName) {
    if (!prefix.isEmpty()) {
      return fullName.startsWith(prefix);
    }
    return fullName.startsWith("layers.")
        || fullName.startsWith("norm.")
        || fullName.startsWith("embed_tokens.");
  }
}
