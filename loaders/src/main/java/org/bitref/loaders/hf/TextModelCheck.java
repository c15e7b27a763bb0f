package org.bitref.loaders.hf;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.model.ModelConfig;
import org.bitref.model.Stage.Parameter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Compares a checkpoint's tensors with those of the text model (section 2 of the prefill
 * specification): all there, each of its shape, none besides.
 */
final class TextModelCheck {
  private final TensorSource source;
  private final TextModelNames names;
  private final ModelConfig config;
  private final Set<String> expected = new HashSet<>();

  private TextModelCheck(TensorSource source, TextModelNames names, ModelConfig config) {
    this.source = source;
    this.names = names;
    this.config = config;
  }

  /**
   * Checks every tensor of the text model.
   *
   * @param config with the vocabulary size of the embedding table
   * @return how many tensors belong to something else, such as the vision tower
   */
  static int check(TensorSource source, TextModelNames names, ModelConfig config) {
    TextModelCheck check = new TextModelCheck(source, names, config);
    List<Parameter> parameters = config.plan(0).parameters();
    parameters.stream().filter(p -> !p.name().startsWith("layers.")).forEach(check::expect);
    check.head();
    parameters.stream().filter(p -> p.name().startsWith("layers.")).forEach(check::expect);
    return check.others();
  }

  /** A tied head may be missing. */
  private void head() {
    if (names.lmHead().isEmpty() && !config.tieWordEmbeddings()) {
      throw new BadInputException(
          source.name(),
          "lm_head.weight is missing, and the config says that it is not tied to the embeddings",
          "Download the missing shard, or set tie_word_embeddings to true.");
    }
  }

  private void expect(Parameter parameter) {
    boolean head = parameter.name().equals(TextModelNames.LM_HEAD);
    Optional<String> name = head ? names.lmHead() : Optional.of(names.full(parameter.name()));
    name.ifPresent(full -> expect(full, parameter.shape(config)));
  }

  private void expect(String name, Shape shape) {
    TensorInfo info = source.tensors().get(name);
    if (info == null) {
      throw new BadInputException(
          source.name(),
          "tensor %s is missing".formatted(Text.quote(name)),
          "The config says %s layers; check that it is this checkpoint's, and that no shard is missing."
              .formatted(config.layers()));
    }
    if (!info.shape().equals(shape)) {
      throw new BadInputException(
          where(info),
          "has shape %s; the config makes it %s".formatted(info.shape(), shape),
          "Pass the config.json that belongs to this checkpoint.");
    }
    if (!info.dtype().isFloat() || info.dtype() == DType.F64) {
      throw new BadInputException(
          where(info),
          "is stored as " + info.dtype(),
          "Convert it to BF16, F16 or F32; quantised checkpoints are not read.");
    }
    expected.add(name);
  }

  private int others() {
    int ignored = 0;
    for (TensorInfo info : source.tensors().values()) {
      if (expected.contains(info.name())) {
        continue;
      }
      if (names.owns(info.name())) {
        throw new BadInputException(
            where(info),
            "lies in the text model, which has no such tensor",
            "The config says %s layers of type %s; check that it belongs to this checkpoint."
                .formatted(config.layers(), config.family().modelType()));
      }
      ignored++;
    }
    return ignored;
  }

  private static String where(TensorInfo info) {
    return info.file() + ": tensor " + Text.quote(info.name());
  }
}
