package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.explain.Capture;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.tensor.TensorSource;

/** Open files of what all systems share. */
final class SharedFiles implements AutoCloseable {
  private final List<TensorSource> inputs = new ArrayList<>();
  private final List<TensorSource> weights = new ArrayList<>();
  private Optional<Checkpoint> model = Optional.empty();

  void addInputs(TensorSource source) {
    inputs.add(source);
  }

  void addWeights(TensorSource source) {
    weights.add(source);
  }

  void setModel(Checkpoint checkpoint) {
    model = Optional.of(checkpoint);
  }

  List<TensorSource> inputs() {
    return inputs;
  }

  List<TensorSource> weights() {
    return weights;
  }

  Optional<Capture.Model> model() {
    return model.map(checkpoint -> new Capture.Model(checkpoint, checkpoint.config()));
  }

  @Override
  public void close() {
    Stream.concat(inputs.stream(), weights.stream()).forEach(TensorSource::close);
    model.ifPresent(Checkpoint::close);
  }
}
