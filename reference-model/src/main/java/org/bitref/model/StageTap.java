package org.bitref.model;

import org.bitref.tensor.Tensor;

/** Receives the result of each stage that was asked for, in order of execution. */
@FunctionalInterface
public interface StageTap {
  /** Called on the thread that runs the executor; what it does delays the next stage. */
  void accept(Stage stage, Tensor result);
}
