package org.bitref.replay;

import java.util.List;
import java.util.Optional;
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
   * @param theta base of the rotary frequencies
   * @param section how many of D / 2 frequencies follow each of three positions; empty if not known
   */
  record Settings(double eps, double theta, List<Integer> section) {
    /** The list is copied. */
    public Settings {
      section = List.copyOf(section);
    }
  }
}
