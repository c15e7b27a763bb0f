package org.bitref.explain;

import java.util.List;
import java.util.Optional;
import org.bitref.tensor.TensorSource;

/**
 * The files that a capture is read from; they must stay open as long as it is used.
 *
 * @param systems files with tensors {@code <system>.<stage>}, {@code in.*} and {@code w.*}, or a
 *     file for each system, called like it, with plain names of stages ({@code q_proj}, {@code
 *     layers.3.q_proj})
 * @param called what the system of each of these files is called, if not like the file; only for a
 *     file that is one system
 * @param inputs files of what all systems got, with {@code in.} before the names or without
 * @param weights files of weights, by any name that {@link org.bitref.model.WeightNames} knows
 */
public record Dumps(
    List<TensorSource> systems,
    List<Optional<String>> called,
    List<TensorSource> inputs,
    List<TensorSource> weights) {
  /** The lists are copied. */
  public Dumps {
    systems = List.copyOf(systems);
    called = List.copyOf(called);
    if (called.size() != systems.size()) {
      throw new IllegalArgumentException("a name, or none, for each of the systems' files");
    }
    inputs = List.copyOf(inputs);
    weights = List.copyOf(weights);
  }

  /** Systems that are called like their files. */
  public Dumps(List<TensorSource> systems, List<TensorSource> inputs, List<TensorSource> weights) {
    this(systems, systems.stream().map(_ -> Optional.<String>empty()).toList(), inputs, weights);
  }

  /** Systems that bring their inputs and weights in their own files. */
  public static Dumps of(List<TensorSource> systems) {
    return new Dumps(systems, List.of(), List.of());
  }
}
