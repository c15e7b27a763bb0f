package org.bitref.replay;

import java.util.Optional;
import java.util.OptionalInt;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.model.Family;
import org.bitref.tensor.Tensor;

/** What a system left behind, and the model that it should have computed. */
public interface Recording {
  /** A stage that was captured, by its name in the plan. */
  Optional<Tensor> captured(String stage);

  /** The parameter of a stage, or its bias by the name of {@link org.bitref.model.Stage#bias}. */
  Optional<Tensor> weight(String stage);

  /** A tensor of the prompt: {@code position_ids}, {@code visual_mask}, {@code deepstack.0}. */
  Optional<Tensor> given(String name);

  /** What the model's config says. */
  Settings settings();

  /** True if {@code tokens} tokens of a sequence were captured that attend to others. */
  boolean isSample(long tokens);

  /**
   * Numbers of a model.
   *
   * @param eps of its norms
   * @param frequencies of its rotary tables; those of an unknown model have no sections
   * @param family what its layer is
   * @param headDim elements of a head, if nothing else tells
   */
  record Settings(double eps, Frequencies frequencies, Family family, OptionalInt headDim) {
    /** The frequencies of a rotary table, for heads of {@code d} elements. */
    public Frequencies frequencies(String table, int d) {
      Frequencies model = family.frequencies(table, frequencies);
      return model.section().isEmpty() ? model.withSection(RotaryFunction.section(d)) : model;
    }
  }
}
