package org.bitref.loaders.hf;

import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.Sources;
import org.bitref.model.ModelConfig;
import org.bitref.model.Weights;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * The text model of a checkpoint folder: its geometry and its parameters, found under whatever
 * prefix the checkpoint uses, and checked for completeness and shape before anything is read.
 * Thread-safe.
 */
public final class Checkpoint implements Weights, AutoCloseable {
  private final TensorSource source;
  private final TextModelNames names;
  private final ModelConfig config;
  private final int ignored;
  private volatile boolean tieChecked;

  private Checkpoint(TensorSource source, TextModelNames names, ModelConfig config, int ignored) {
    this.source = source;
    this.names = names;
    this.config = config;
    this.ignored = ignored;
  }

  /**
   * Opens a folder that holds a config.json beside its tensors.
   *
   * @throws BadInputException as {@link HfConfig#read}, {@link Sources#open} and {@link #of}
   */
  public static Checkpoint open(Path folder) {
    return open(folder, folder);
  }

  /**
   * As above with a config from elsewhere, for a wrapper whose own config.json does not describe
   * the text model.
   *
   * @param config a config.json or the folder that holds it
   */
  public static Checkpoint open(Path tensors, Path config) {
    ModelConfig model = HfConfig.read(config).model();
    TensorSource source = Sources.open(tensors);
    boolean opened = false;
    try {
      Checkpoint checkpoint = of(source, model);
      opened = true;
      return checkpoint;
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  /**
   * The text model in a source, which the checkpoint closes with itself.
   *
   * @throws BadInputException if the source has no text model or several, if a tensor of it is
   *     missing, has another shape or an integer type, or if one is there that the model does not
   *     have
   */
  public static Checkpoint of(TensorSource source, ModelConfig config) {
    TextModelNames names = TextModelNames.detect(source);
    ModelConfig resized = config.withVocabulary(rows(source, names));
    int ignored = TextModelCheck.check(source, names, resized);
    return new Checkpoint(source, names, resized, ignored);
  }

  /** Fine-tuning adds tokens and leaves the config behind, so the embedding table decides. */
  private static int rows(TensorSource source, TextModelNames names) {
    TensorInfo table = source.tensors().get(names.full(TextModelNames.EMBEDDING));
    long rows = table.shape().rank() == 2 ? table.shape().dim(0) : 0;
    if (rows < 1 || rows > Integer.MAX_VALUE) {
      throw new BadInputException(
          table.file() + ": tensor " + Text.quote(table.name()),
          "has shape " + table.shape() + ", not [vocabulary, hidden]",
          "Write the checkpoint again.");
    }
    return (int) rows;
  }

  /** The geometry; its vocabulary size is that of the embedding table. */
  public ModelConfig config() {
    return config;
  }

  /** All tensors of the checkpoint. */
  public TensorSource source() {
    return source;
  }

  /** What stands before the text model's names, for example {@code model.language_model.}. */
  public String prefix() {
    return names.prefix();
  }

  /** How many tensors belong to something else: the vision tower, an expert. */
  public int ignoredTensors() {
    return ignored;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the config ties lm_head to the embeddings and both are stored, they must be equal, bit
   * for bit; the first request for lm_head reads both.
   */
  @Override
  public Tensor weight(String name) {
    if (!name.equals(TextModelNames.LM_HEAD)) {
      return source.read(names.full(name));
    }
    Tensor table = source.read(names.full(TextModelNames.EMBEDDING));
    if (names.lmHead().isEmpty()) {
      return table;
    }
    Tensor head = source.read(names.lmHead().get());
    if (config.tieWordEmbeddings() && !tieChecked) {
      if (head.dtype() != table.dtype() || head.data().mismatch(table.data()) >= 0) {
        throw new BadInputException(
            source.name(),
            "%s differs from %s, but the config ties them"
                .formatted(
                    Text.quote(names.lmHead().get()),
                    Text.quote(names.full(TextModelNames.EMBEDDING))),
            "Set tie_word_embeddings to what the model was trained with, or remove lm_head.");
      }
      tieChecked = true;
    }
    return head;
  }

  @Override
  public void close() {
    source.close();
  }
}
