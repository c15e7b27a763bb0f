package org.bitref.tensor;

/** Takes named tensors, one after another. */
@FunctionalInterface
public interface TensorSink {

  /** The tensor may be a view that is valid only during the call. */
  void write(String name, Tensor tensor);
}
