package org.bitref.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;

/**
 * One step of the plan.
 *
 * @param inputs the stages whose results it reads, in the order of its operation
 * @param weight the parameter that it reads
 * @param bias of a product, added to its sums
 * @param given a tensor of the prompt that it reads: {@code deepstack.0}, {@code past.3.k}
 * @param axes of its result
 * @param aliases other names of its last part: {@code mlp_gate} for {@code gate_proj}
 */
public record Stage(
    StageId id,
    OperationKind kind,
    List<StageId> inputs,
    Optional<Parameter> weight,
    Optional<Parameter> bias,
    Optional<String> given,
    List<Size> axes,
    List<String> aliases) {

  private static final String BIAS = ".bias";

  /**
   * A parameter of the model.
   *
   * @param name without the checkpoint's prefix
   * @param axes [out, in] of a linear one
   * @param fromOne true if what counts is 1 plus what is stored
   */
  public record Parameter(String name, List<Size> axes, boolean fromOne) {
    /** One that counts as it is stored. */
    Parameter(String name, List<Size> axes) {
      this(name, axes, false);
    }

    /** Its shape in a model. */
    public Shape shape(ModelConfig config) {
      return Shape.of(axes.stream().mapToLong(size -> size.of(config)).toArray());
    }
  }

  /** Copies the lists. */
  public Stage {
    inputs = List.copyOf(inputs);
    axes = List.copyOf(axes);
    aliases = List.copyOf(aliases);
  }

  /** What stands for the bias of a product among names of stages that have weights. */
  public static String bias(String stage) {
    return stage + BIAS;
  }

  /** The product that a name of {@link #bias} is of; empty for another name. */
  public static Optional<String> biased(String name) {
    return name.endsWith(BIAS)
        ? Optional.of(name.substring(0, name.length() - BIAS.length()))
        : Optional.empty();
  }

  /** The same reading other stages. */
  Stage reading(List<StageId> others) {
    return new Stage(id, kind, others, weight, bias, given, axes, aliases);
  }

  /** The same with another name for its last part. */
  Stage called(String alias) {
    return new Stage(id, kind, inputs, weight, bias, given, axes, List.of(alias));
  }

  /** The same product with a bias. */
  Stage biased() {
    Parameter linear = weight.orElseThrow();
    String module = linear.name().substring(0, linear.name().length() - "weight".length());
    Parameter own = new Parameter(module + "bias", linear.axes().subList(0, 1));
    return new Stage(id, kind, inputs, weight, Optional.of(own), given, axes, aliases);
  }

  /** What a recipe of a model says of it. */
  public StageRecipe recipe(ModelRecipe model) {
    return model.of(id.name(), kind::admits);
  }

  /** Its weight and its bias. */
  public List<Parameter> parameters() {
    return Stream.of(weight, bias).flatMap(Optional::stream).toList();
  }

  /** Shape of its result. */
  public Shape shape(ModelConfig config, Extent extent) {
    return Shape.of(axes.stream().mapToLong(size -> size.of(config, extent)).toArray());
  }

  /** The axis of its result that counts new or cached tokens. */
  public int tokenAxis() {
    return Math.max(axes.indexOf(Size.TOKENS), axes.indexOf(Size.CACHED));
  }
}
