package org.bitref.explain;

import java.util.List;
import org.bitref.tensor.TensorSource;

/**
 * The files that a capture is read from; they must stay open as long as it is used.
 *
 * @param systems files with tensors {@code <system>.<stage>}, {@code in.*} and {@code w.*}, or a
 *     file for each system, called like it, with plain names of stages ({@code q_proj}, {@code
 *     layers.3.q_proj})
 * @param inputs files of what all systems got, with {@code in.} before the names or without
 * @param weights files of weights, by any name that {@link org.bitref.model.WeightNames} knows
 */
public record Dumps(
    List<TensorSource> systems, List<TensorSource> inputs, List<TensorSource> weights) {
  /** The lists are copied. */
  public Dumps {
    systems = List.copyOf(systems);
    inputs = List.copyOf(inputs);
    weights = List.copyOf(weights);
  }

  /** Systems that bring their inputs and weights in their own files. */
  public static Dumps of(List<TensorSource> systems) {
    return new Dumps(systems, List.of(), List.of());
  }
}
