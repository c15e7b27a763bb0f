package org.bitref.model;

import static org.bitref.model.Size.BATCH;
import static org.bitref.model.Size.CACHED;
import static org.bitref.model.Size.HEAD;
import static org.bitref.model.Size.HIDDEN;
import static org.bitref.model.Size.KV_HEADS;
import static org.bitref.model.Size.QUERIES;
import static org.bitref.model.Size.TOKENS;
import static org.bitref.model.Size.VOCABULARY;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.bitref.model.Stage.Parameter;
import org.bitref.operation.OperationKind;

/** Puts the stages of a plan one after the other: the words that a family's file is written in. */
final class PlanBuilder {
  /** The rotary table that every model has. */
  static final String ROPE = "rope";

  private final List<Stage> stages = new ArrayList<>();
  private final boolean normsFromOne;

  PlanBuilder() {
    this(false);
  }

  /**
   * @param normsFromOne true if weights of norms are stored as what they differ from 1
   */
  PlanBuilder(boolean normsFromOne) {
    this.normsFromOne = normsFromOne;
  }

  /** The embeddings and the rotary tables. */
  StageId start() {
    Parameter table = new Parameter("embed_tokens.weight", List.of(VOCABULARY, HIDDEN));
    StageId embeds = StageId.of("inputs_embeds");
    add(embeds, OperationKind.EMBED, Optional.of(table), "", rows(HIDDEN));
    table(ROPE);
    return embeds;
  }

  /** Cosines and sines of rotary angles, {@code name.cos} and {@code name.sin}. */
  void table(String name) {
    add(cosines(name), OperationKind.COSINES, Optional.empty(), "", rows(HEAD));
    add(sines(name), OperationKind.SINES, Optional.empty(), "", rows(HEAD));
  }

  private static StageId cosines(String table) {
    return StageId.of(table + ".cos");
  }

  private static StageId sines(String table) {
    return StageId.of(table + ".sin");
  }

  /** The last norm and the logits. */
  Plan end(StageId hidden) {
    StageId norm = StageId.of("final_norm");
    Parameter weight = new Parameter("norm.weight", List.of(HIDDEN), normsFromOne);
    add(norm, OperationKind.NORM, Optional.of(weight), "", rows(HIDDEN), hidden);
    Parameter head = new Parameter("lm_head.weight", List.of(VOCABULARY, HIDDEN));
    StageId logits = StageId.of("logits");
    add(logits, OperationKind.PRODUCT, Optional.of(head), "", rows(VOCABULARY), norm);
    return new Plan(stages);
  }

  /** A plan of layers that each read the state of the one before. */
  static Plan ofLayers(int layers, BiFunction<Layer, StageId, StageId> decoder) {
    PlanBuilder plan = new PlanBuilder();
    StageId hidden = plan.start();
    for (int i = 0; i < layers; i++) {
      Layer layer = plan.layer(i);
      hidden = decoder.apply(layer, layer.addRows("input_hidden", hidden, ""));
    }
    return plan.end(hidden);
  }

  /** The words for layer {@code i}. */
  Layer layer(int i) {
    return new Layer(i);
  }

  private static List<Size> rows(Size width) {
    return List.of(BATCH, TOKENS, width);
  }

  private StageId add(
      StageId id,
      OperationKind kind,
      Optional<Parameter> weight,
      String given,
      List<Size> axes,
      StageId... inputs) {
    Optional<String> from = given.isEmpty() ? Optional.empty() : Optional.of(given);
    stages.add(
        new Stage(id, kind, List.of(inputs), weight, Optional.empty(), from, axes, List.of()));
    return id;
  }

  /** Stages of one layer. Modules are named as in a checkpoint, below the layer. */
  final class Layer {
    private final int number;

    private Layer(int number) {
      this.number = number;
    }

    /** Adds a tensor of the prompt to the rows of images; an empty name: the state passes. */
    StageId addRows(String stage, StageId state, String given) {
      return put(stage, OperationKind.ADD_ROWS, given, rows(HIDDEN), state);
    }

    /** RMSNorm over rows of the hidden size. */
    StageId norm(String stage, String module, StageId input) {
      return weighted(stage, OperationKind.NORM, module, List.of(HIDDEN), rows(HIDDEN), input);
    }

    /** RMSNorm over each head. */
    StageId headNorm(String stage, String module, Size heads, StageId input) {
      List<Size> axes = List.of(BATCH, TOKENS, heads, HEAD);
      return weighted(stage, OperationKind.NORM, module, List.of(HEAD), axes, input);
    }

    /** A product with a weight [to, from]. */
    StageId linear(String stage, String module, Size from, Size to, StageId input) {
      return weighted(stage, OperationKind.PRODUCT, module, List.of(to, from), rows(to), input);
    }

    /** Gives a product a bias, which its module holds beside the weight. */
    StageId biased(StageId product) {
      stages.replaceAll(s -> s.id().equals(product) ? s.biased() : s);
      return product;
    }

    /** Heads rotated by a table, moved before the tokens. */
    StageId rotate(String stage, Size heads, String table, StageId x) {
      List<Size> axes = List.of(BATCH, heads, TOKENS, HEAD);
      return put(stage, OperationKind.ROTATE, "", axes, x, cosines(table), sines(table));
    }

    /** Keys ({@code k}) or values ({@code v}) behind those of earlier calls. */
    StageId append(String which, StageId fresh) {
      StageId id = StageId.cache(number, which);
      String past = "past." + number + "." + which;
      List<Size> axes = List.of(BATCH, KV_HEADS, CACHED, HEAD);
      return add(id, OperationKind.APPEND, Optional.empty(), past, axes, fresh);
    }

    /** Causal attention. */
    StageId attend(String stage, StageId q, StageId k, StageId v) {
      return put(stage, OperationKind.ATTEND, "", rows(QUERIES), q, k, v);
    }

    /** An element-wise function of one or two stages of this width. */
    StageId point(String stage, OperationKind kind, Size width, StageId... inputs) {
      return put(stage, kind, "", rows(width), inputs);
    }

    /** Gives a stage another name that tools use for its last part. */
    StageId called(StageId stage, String name) {
      stages.replaceAll(s -> s.id().equals(stage) ? s.called(name) : s);
      return stage;
    }

    private StageId put(
        String stage, OperationKind kind, String given, List<Size> axes, StageId... inputs) {
      return add(StageId.layer(number, stage), kind, Optional.empty(), given, axes, inputs);
    }

    private StageId weighted(
        String stage,
        OperationKind kind,
        String module,
        List<Size> parameter,
        List<Size> axes,
        StageId input) {
      boolean fromOne = normsFromOne && kind == OperationKind.NORM;
      String name = "layers." + number + "." + module + ".weight";
      Parameter weight = new Parameter(name, parameter, fromOne);
      return add(StageId.layer(number, stage), kind, Optional.of(weight), "", axes, input);
    }
  }
}
