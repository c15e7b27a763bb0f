package org.bitref.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Reads what a prefill starts from out of one source, and checks it. */
final class InputReader {
  /** Angles are float32 in every system: beyond, neighbouring positions are one. */
  private static final long LARGEST_POSITION = 1 << 24;

  private final TensorSource source;
  private final ModelConfig config;
  private int batch;
  private int tokens;

  InputReader(TensorSource source, ModelConfig config) {
    this.source = source;
    this.config = config;
  }

  private final Map<String, Tensor> given = new LinkedHashMap<>();

  PrefillInputs read() {
    refuseImages();
    Optional<Tensor> embeds = take("inputs_embeds");
    Optional<Tensor> ids = take("input_ids");
    Tensor main =
        embeds
            .or(() -> ids)
            .orElseThrow(
                () ->
                    bad(
                        "inputs_embeds",
                        "is missing, and so is input_ids",
                        "Give one of the two."));
    sizes(main, embeds.isPresent());
    ids.ifPresent(this::checkIds);
    boolean[] visualMask = visualMask();
    int visuals = count(visualMask);
    take("visual_embeds").ifPresent(t -> checkFeature("visual_embeds", t, visuals));
    int pastLength = past();
    Optional<boolean[]> mask = attentionMask(pastLength);
    long[][] positions = positions(ids, mask, pastLength);
    deepstack(visuals);
    rotaryTables();
    Extent extent = new Extent(batch, tokens, pastLength);
    return new PrefillInputs(config, extent, positions, visualMask, mask, given);
  }

  private Optional<Tensor> take(String name) {
    Optional<Tensor> found = source.find(name);
    found.ifPresent(tensor -> given.put(name, tensor));
    return found;
  }

  private void refuseImages() {
    boolean images = config.family().seesImages();
    for (String name : List.of("visual_mask", "visual_embeds")) {
      if (!images && source.has(name)) {
        throw bad(
            name,
            "is given, and a model of type " + config.family().modelType() + " sees no images",
            "Remove it, or name a vision-language model.");
      }
    }
    if (source.has("deepstack.0") && !config.plan(1).reads("deepstack.0")) {
      String has = images ? "has no deepstack features" : "sees no images";
      throw bad(
          "deepstack.0",
          "is given, and a model of type " + config.family().modelType() + " " + has,
          "Remove it, or name the model that the features were computed for.");
    }
  }

  private void sizes(Tensor main, boolean embeds) {
    Shape shape = main.shape();
    int rank = embeds ? 3 : 2;
    String name = embeds ? "inputs_embeds" : "input_ids";
    if (shape.rank() != rank) {
      throw bad(
          name, "has shape " + shape, "It must be " + (embeds ? "[B, S, hidden]." : "[B, S]."));
    }
    batch = shape.intDim(0);
    tokens = shape.intDim(1);
    if (batch == 0 || tokens == 0) {
      throw bad(name, "has shape " + shape + " and so no token", "Give at least one token.");
    }
    if (embeds) {
      expect(name, main, Shape.of(batch, tokens, config.hiddenSize()), true);
    }
  }

  private void checkIds(Tensor ids) {
    expect("input_ids", ids, Shape.of(batch, tokens), false);
    for (long i = 0; i < ids.elements(); i++) {
      long id = ids.getLong(i);
      // Beside embeddings, ids only tell text from visuals, and some runtimes number those.
      if ((id < 0 || id >= config.vocabSize()) && !source.has("inputs_embeds")) {
        throw bad(
            "input_ids",
            "holds "
                + id
                + " at element "
                + i
                + ", outside the vocabulary of "
                + config.vocabSize(),
            "Give inputs_embeds instead, or ids of this model's tokenizer.");
      }
    }
  }

  private boolean[] visualMask() {
    boolean[] mask = new boolean[batch * tokens];
    source.find("visual_mask").ifPresent(t -> fillMask("visual_mask", t, mask));
    return mask;
  }

  private void fillMask(String name, Tensor tensor, boolean[] mask) {
    expect(name, tensor, Shape.of(batch, mask.length / batch), false);
    for (int i = 0; i < mask.length; i++) {
      mask[i] = tensor.getLong(i) != 0;
    }
  }

  private Optional<boolean[]> attentionMask(int pastLength) {
    return source
        .find("attention_mask")
        .map(
            tensor -> {
              // A mask over the new tokens alone says nothing of the cached ones: they count.
              boolean whole =
                  tensor.shape().rank() == 2 && tensor.shape().dim(1) == pastLength + tokens;
              boolean[] given = new boolean[batch * (whole ? pastLength + tokens : tokens)];
              fillMask("attention_mask", tensor, given);
              if (whole) {
                return given;
              }
              boolean[] all = new boolean[batch * (pastLength + tokens)];
              for (int b = 0; b < batch; b++) {
                int row = b * (pastLength + tokens);
                Arrays.fill(all, row, row + pastLength, true);
                System.arraycopy(given, b * tokens, all, row + pastLength, tokens);
              }
              return all;
            });
  }

  private void deepstack(int visuals) {
    int features = 0;
    while (source.has("deepstack." + features)) {
      String name = "deepstack." + features++;
      checkFeature(name, take(name).orElseThrow(), visuals);
    }
    for (String name : source.tensors().keySet()) {
      if (name.matches("deepstack\\.\\d{1,6}") && number(name) >= features) {
        throw bad(
            "deepstack." + features,
            "is missing, but there is " + name,
            "Number the features from 0 on.");
      }
    }
  }

  /** Cosines and sines that a system was handed: of each sequence's tokens, or of all alike. */
  private void rotaryTables() {
    for (String name : List.of("cos", "sin")) {
      take(name).ifPresent(table -> given.put(name, rotaryTable(name, table)));
    }
    if (given.containsKey("cos") != given.containsKey("sin")) {
      String missing = given.containsKey("cos") ? "sin" : "cos";
      throw bad(missing, "is missing beside the other rotary table", "Give both, or none.");
    }
  }

  private Tensor rotaryTable(String name, Tensor table) {
    Shape whole = Shape.of(batch, tokens, config.headDim());
    Shape shape = table.shape();
    boolean ofOne = shape.equals(Shape.of(tokens, config.headDim())) && batch == 1;
    if (!ofOne && !shape.equals(whole)) {
      throw bad(
          name,
          "has shape " + shape + " where " + whole + " is expected",
          "It must be [B, S, head_dim], or [S, head_dim] where B = 1.");
    }
    requireKind(name, table, true);
    return table.reshape(whole);
  }

  private static int number(String name) {
    return Integer.parseInt(name.substring(name.indexOf('.') + 1));
  }

  private void checkFeature(String name, Tensor feature, int visuals) {
    if (!source.has("visual_mask")) {
      throw bad(name, "is given without visual_mask", "Add visual_mask [B, S] to the inputs.");
    }
    expect(name, feature, Shape.of(visuals, config.hiddenSize()), true);
  }

  /** Tokens in the cache. */
  private int past() {
    if (source.tensors().keySet().stream().noneMatch(name -> name.matches("past\\.\\d+\\.[kv]"))) {
      return 0;
    }
    Optional<Shape> first = source.find("past.0.k").map(Tensor::shape);
    long length = first.filter(shape -> shape.rank() == 4).map(shape -> shape.dim(2)).orElse(0L);
    Shape shape = Shape.of(batch, config.kvHeads(), length, config.headDim());
    for (int i = 0; i < config.layers(); i++) {
      cached("past." + i + ".k", shape);
      cached("past." + i + ".v", shape);
    }
    return Math.toIntExact(length);
  }

  private void cached(String name, Shape shape) {
    Tensor tensor =
        take(name)
            .orElseThrow(
                () -> bad(name, "is missing", "Give keys and values of every layer, or none."));
    expect(name, tensor, shape, true);
  }

  private long[][] positions(Optional<Tensor> ids, Optional<boolean[]> mask, int pastLength) {
    Optional<Tensor> given = source.find("position_ids");
    if (given.isPresent()) {
      long[][] positions = readPositions(given.get());
      checkPositions(positions, mask, pastLength);
      return positions;
    }
    if (ids.isPresent() && pastLength == 0) {
      return RopeIndex.of(
              ids.get(),
              grid("image_grid_thw"),
              grid("video_grid_thw"),
              mask,
              config.tokens(),
              source.name())
          .positions();
    }
    if (source.has("cos")) {
      // Only the rotary tables follow from positions, and those are given.
      return new long[3][batch * tokens];
    }
    throw bad(
        "position_ids",
        "is missing",
        "Add position_ids [3, B, S], or input_ids with image_grid_thw to derive them.");
  }

  /** Those of padding may be anything: systems differ, and nothing attends to them. */
  private void checkPositions(long[][] positions, Optional<boolean[]> mask, int pastLength) {
    for (int i = 0; i < batch * tokens; i++) {
      int inMask = i / tokens * (pastLength + tokens) + pastLength + i % tokens;
      if (mask.isPresent() && !mask.get()[inMask]) {
        continue;
      }
      for (long[] axis : positions) {
        if (axis[i] < 0 || axis[i] > LARGEST_POSITION) {
          throw bad(
              "position_ids",
              "holds %s for token %s of sequence %s, which is no position from 0 to 2^24"
                  .formatted(axis[i], i % tokens, i / tokens),
              "Check the tensor's type and layout, or leave it out where input_ids are given.");
        }
      }
    }
  }

  private List<long[]> grid(String name) {
    List<long[]> grids = new ArrayList<>();
    source
        .find(name)
        .ifPresent(
            t -> {
              expect(name, t, Shape.of(t.shape().rank() == 2 ? t.shape().dim(0) : 0, 3), false);
              for (int i = 0; i < t.shape().dim(0); i++) {
                grids.add(
                    new long[] {t.getLong(3L * i), t.getLong(3L * i + 1), t.getLong(3L * i + 2)});
              }
            });
    return grids;
  }

  /** [3 or 4, B, S]; of rank 2, [B, S] if B matches the batch, else [3, S] if the batch is 1. */
  private long[][] readPositions(Tensor tensor) {
    Shape shape = tensor.shape();
    requireKind("position_ids", tensor, false);
    int n = batch * tokens;
    int firstRow;
    if (shape.equals(Shape.of(3, batch, tokens))
        || (batch == 1 && shape.equals(Shape.of(3, tokens)))) {
      firstRow = 0;
    } else if (shape.equals(Shape.of(4, batch, tokens))) {
      firstRow = 1;
    } else if (shape.equals(Shape.of(batch, tokens))) {
      firstRow = -1;
    } else {
      throw bad(
          "position_ids",
          "has shape " + shape + " for B = " + batch + ", S = " + tokens,
          "It must be [3, B, S] or [4, B, S], or [B, S], or [3, S] where B = 1.");
    }
    long[][] positions = new long[3][n];
    for (int axis = 0; axis < 3; axis++) {
      long from = firstRow < 0 ? 0 : (long) (firstRow + axis) * n;
      for (int i = 0; i < n; i++) {
        positions[axis][i] = tensor.getLong(from + i);
      }
    }
    return positions;
  }

  private void expect(String name, Tensor tensor, Shape shape, boolean isFloat) {
    if (!tensor.shape().equals(shape)) {
      throw bad(
          name,
          "has shape " + tensor.shape() + " where " + shape + " is expected",
          "Check that the file belongs to this model and prompt.");
    }
    requireKind(name, tensor, isFloat);
  }

  private void requireKind(String name, Tensor tensor, boolean isFloat) {
    if (tensor.dtype().isFloat() != isFloat) {
      String wanted = isFloat ? "a floating-point type" : "an integer type such as " + DType.I64;
      throw bad(name, "has dtype " + tensor.dtype(), "It must have " + wanted + ".");
    }
  }

  private BadInputException bad(String tensor, String problem, String remedy) {
    return new BadInputException(source.name() + ": tensor \"" + tensor + "\"", problem, remedy);
  }

  private static int count(boolean[] mask) {
    int n = 0;
    for (boolean set : mask) {
      n += set ? 1 : 0;
    }
    return n;
  }
}
