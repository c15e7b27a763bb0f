package org.bitref.cli.synth;

import java.util.ArrayList;
import java.util.List;
import org.bitref.model.Family;
import org.bitref.model.Gemma3;
import org.bitref.model.ModelConfig;
import org.bitref.model.Qwen3Vl;
import org.bitref.model.Size;
import org.bitref.model.Stage;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Shape;

/** The parameters of a text model under the names of a Hugging Face checkpoint. */
final class Parameters {
  private Parameters() {}

  /** How values of a parameter are spread. */
  enum Kind {
    /** Normal, with a standard deviation of 1 / sqrt(columns). */
    LINEAR,
    /** As {@link #LINEAR}; its rows are channels of the residual stream, a few of them outliers. */
    RESIDUAL,
    /** Normal, with a standard deviation of 0.02. */
    EMBEDDING,
    /** Normal, with a standard deviation of 0.1. */
    BIAS,
    /** Log-normal around 1. */
    NORM,
    /** Normal around 0, for a norm to which 1 is added. */
    NORM_FROM_ONE
  }

  /** One parameter. */
  record Parameter(String name, Shape shape, Kind kind) {
    long bytes() {
      return 2 * shape.elements();
    }
  }

  /** In the order of the plan; the head of tied embeddings has no tensor of its own. */
  static List<Parameter> of(ModelConfig config) {
    List<Parameter> all = new ArrayList<>();
    for (Stage stage : config.plan(0).stages()) {
      stage.weight().ifPresent(weight -> all.add(of(kind(stage.kind(), weight), weight, config)));
      stage.bias().ifPresent(bias -> all.add(of(Kind.BIAS, bias, config)));
    }
    if (config.tieWordEmbeddings()) {
      all.removeLast();
    }
    return all;
  }

  private static Kind kind(OperationKind stage, Stage.Parameter weight) {
    return switch (stage) {
      case EMBED -> Kind.EMBEDDING;
      case NORM -> weight.fromOne() ? Kind.NORM_FROM_ONE : Kind.NORM;
      default -> weight.axes().getFirst() == Size.HIDDEN ? Kind.RESIDUAL : Kind.LINEAR;
    };
  }

  private static Parameter of(Kind kind, Stage.Parameter weight, ModelConfig config) {
    boolean head = weight.name().equals("lm_head.weight");
    String prefix = head ? "" : prefix(config.family());
    return new Parameter(prefix + weight.name(), weight.shape(config), kind);
  }

  /** What stands before the text model's names. */
  private static String prefix(Family family) {
    return switch (family) {
      case Qwen3Vl _ -> "model.language_model.";
      case Gemma3 _ -> "language_model.model.";
      default -> "model.";
    };
  }

  /** True if released checkpoints hold a wrapper around the text model. */
  static boolean isWrapped(Family family) {
    return family instanceof Qwen3Vl || family instanceof Gemma3;
  }
}
