package org.bitref.explain;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bitref.tensor.Tensor;

/**
 * What one system computed.
 *
 * @param name how reports call it
 * @param stages its tensors by the names of the plan, and those that all systems share
 * @param own names among them that this system computed
 * @param weights a weight by its stage; empty if the capture does not hold it
 * @param provenance what its file says about itself
 */
record CapturedSystem(
    String name,
    Map<String, Tensor> stages,
    Set<String> own,
    Function<String, Optional<Tensor>> weights,
    Map<String, String> provenance) {

  Optional<Tensor> find(String stage) {
    return Optional.ofNullable(stages.get(stage));
  }

  boolean computed(String stage) {
    return own.contains(stage);
  }
}
