package org.bitref.replay;

import java.util.Optional;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.tensor.Tensor;

/** What a system left behind, and the model that it should have computed. */
public interface Recording {
  /** A stage that was captured, by its name in the plan. */
  Optional<Tensor> captured(String stage);

  /** The parameter of a stage. */
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
   * @param frequencies of its rotary table; those of an unknown model have no sections
   */
  record Settings(double eps, Frequencies frequencies) {
    /** The frequencies for heads of {@code d} elements. */
    public Frequencies frequencies(int d) {
      return frequencies.section().isEmpty()
          ? frequencies.withSection(RotaryFunction.section(d))
          : frequencies;
    }
  }
}
