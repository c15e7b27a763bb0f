package org.bitref.cli.synth;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.model.ModelConfig;
import org.bitref.model.Qwen3Vl;
import org.bitref.model.RopeIndex;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * A prompt of images between text, as a driving model gets it: 21 tokens of text, as many images of
 * 10 x 18 tokens as fit with two tokens between them, and text to the end. With 3006 tokens: 16
 * images and 75 tokens. A model that sees no images gets text alone.
 */
record Prompt(ModelConfig config, int tokens, long seed) {
  private static final int LEAD = 21;
  private static final int ROWS = 10;
  private static final int COLUMNS = 18;
  private static final int IMAGE = ROWS * COLUMNS;
  private static final int STRIDE = IMAGE + 2;
  private static final int DEEPSTACK = 3;
  private static final int TEXT_TOKEN = 100;

  int images() {
    // At least one token of text must follow the last image.
    return config.family().seesImages() ? Math.max(0, (tokens - LEAD + 1) / STRIDE) : 0;
  }

  /** Writes embeddings, positions, mask of image tokens and deepstack features. */
  void write(Path target, Workers workers) {
    int hidden = config.hiddenSize();
    int visuals = images() * IMAGE;
    List<TensorEntry> entries = new ArrayList<>();
    try (Arena arena = Arena.ofShared()) {
      entries.add(normal("inputs_embeds", Shape.of(1, tokens, hidden), 0.02, arena, workers));
      entries.add(TensorEntry.of("position_ids", positions()));
      if (config.family().seesImages()) {
        entries.add(TensorEntry.of("visual_mask", mask()));
      }
      int features = config.family() instanceof Qwen3Vl ? DEEPSTACK : 0;
      for (int i = 0; visuals > 0 && i < Math.min(features, config.layers()); i++) {
        entries.add(normal("deepstack." + i, Shape.of(visuals, hidden), 0.1, arena, workers));
      }
      SafetensorsWriter.write(target, Map.of(), entries, false);
    }
  }

  private TensorEntry normal(String name, Shape shape, double scale, Arena arena, Workers workers) {
    Shape rows = shape.asRows();
    MemorySegment data = arena.allocate(2 * shape.elements(), 8);
    short[][] tables = new short[rows.intDim(0)][];
    Arrays.fill(tables, WeightStream.quantiles(scale, false));
    new WeightStream(seed, name).fill(data, rows.intDim(0), rows.intDim(1), tables, workers);
    return TensorEntry.of(name, new Tensor(DType.BF16, shape, data));
  }

  private boolean isImage(int token) {
    int at = token - LEAD;
    return at >= 0 && at / STRIDE < images() && at % STRIDE < IMAGE;
  }

  private Tensor mask() {
    byte[] mask = new byte[tokens];
    for (int i = 0; i < tokens; i++) {
      mask[i] = (byte) (isImage(i) ? 1 : 0);
    }
    return Tensor.ofBytes(DType.BOOL, Shape.of(1, tokens), mask);
  }

  private Tensor positions() {
    long[] ids = new long[tokens];
    for (int i = 0; i < tokens; i++) {
      ids[i] = isImage(i) ? config.tokens().image() : TEXT_TOKEN;
    }
    int merge = config.tokens().spatialMerge();
    long[] grid = {1, (long) merge * ROWS, (long) merge * COLUMNS};
    RopeIndex index =
        RopeIndex.of(
            Tensor.ofLongs(Shape.of(1, tokens), ids),
            Collections.nCopies(images(), grid),
            List.of(),
            Optional.empty(),
            config.tokens(),
            "prompt");
    long[] all = new long[3 * tokens];
    for (int axis = 0; axis < 3; axis++) {
      System.arraycopy(index.positions()[axis], 0, all, axis * tokens, tokens);
    }
    return Tensor.ofLongs(Shape.of(3, 1, tokens), all);
  }
}
