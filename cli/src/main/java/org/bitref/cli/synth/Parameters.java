package org.bitref.cli.synth;

import java.util.ArrayList;
import java.util.List;
import org.bitref.model.ModelConfig;
import org.bitref.model.Size;
import org.bitref.model.Stage;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Shape;

/** The parameters of a text model under the names of a Hugging Face checkpoint. */
final class Parameters {
  static final String PREFIX = "model.language_model.";

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

  /** In the order of the plan; the head of tied embeddings has no tensor of its own. */
  static List<Parameter> of(ModelConfig config) {
    List<Parameter> all = new ArrayList<>();
    for (Stage stage : config.plan(0).stages()) {
      stage.weight().ifPresent(weight -> all.add(of(stage.kind(), weight, config)));
    }
    if (config.tieWordEmbeddings()) {
      all.removeLast();
    }
    return all;
  }

  private static Parameter of(OperationKind stage, Stage.Parameter weight, ModelConfig config) {
    Kind kind =
        switch (stage) {
          case EMBED -> Kind.EMBEDDING;
          case NORM -> Kind.NORM;
          default -> weight.axes().getFirst() == Size.HIDDEN ? Kind.RESIDUAL : Kind.LINEAR;
        };
    boolean head = weight.name().equals("lm_head.weight");
    return new Parameter((head ? "" : PREFIX) + weight.name(), weight.shape(config), kind);
  }
}
