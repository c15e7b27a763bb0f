package org.bitref.cli.synth;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.bitref.cli.console.Progress;
import org.bitref.cli.synth.Parameters.Kind;
import org.bitref.cli.synth.Parameters.Parameter;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.model.ModelConfig;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * A checkpoint with made-up weights of realistic size and spread, one tensor at a time in memory.
 *
 * @param shardBytes most bytes of data in one file; a larger tensor has a file of its own
 */
record SyntheticCheckpoint(ModelConfig config, long seed, long shardBytes) {
  private static final int OUTLIERS_PER = 1024;
  private static final double OUTLIER_SCALE = 16;

  /** Quantiles by their scale: there are few, and each takes milliseconds. */
  private static final Map<String, short[]> TABLES = new ConcurrentHashMap<>();

  /** Data bytes of all files. */
  long bytes() {
    return Parameters.of(config).stream().mapToLong(Parameter::bytes).sum();
  }

  /** Writes shards, index and config into an existing folder and returns the number of shards. */
  int write(Path folder, Workers workers, Progress progress) {
    List<List<Parameter>> shards = shards();
    Map<String, String> weightMap = new LinkedHashMap<>();
    long largest = Parameters.of(config).stream().mapToLong(Parameter::bytes).max().orElse(0);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment buffer = arena.allocate(largest, 8);
      for (int i = 0; i < shards.size(); i++) {
        String file =
            String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
        progress.now(file);
        List<TensorEntry> entries = new ArrayList<>();
        for (Parameter parameter : shards.get(i)) {
          weightMap.put(parameter.name(), file);
          entries.add(
              new TensorEntry(
                  parameter.name(),
                  DType.BF16,
                  parameter.shape(),
                  () -> {
                    progress.advance(parameter.bytes());
                    return tensor(parameter, buffer, workers);
                  }));
        }
        SafetensorsWriter.write(folder.resolve(file), Map.of("format", "pt"), entries, false);
      }
    }
    CheckpointJson.write(folder, config, bytes(), weightMap);
    return shards.size();
  }

  private List<List<Parameter>> shards() {
    List<List<Parameter>> shards = new ArrayList<>();
    long filled = Long.MAX_VALUE;
    for (Parameter parameter : Parameters.of(config)) {
      if (filled > shardBytes - parameter.bytes()) {
        shards.add(new ArrayList<>());
        filled = 0;
      }
      shards.getLast().add(parameter);
      filled += parameter.bytes();
    }
    return shards;
  }

  /** In the buffer, which the next tensor takes over. */
  private Tensor tensor(Parameter parameter, MemorySegment buffer, Workers workers) {
    Shape matrix = parameter.shape().asRows();
    MemorySegment data = buffer.asSlice(0, parameter.bytes());
    new WeightStream(seed, parameter.name())
        .fill(data, matrix.intDim(0), matrix.intDim(1), tables(parameter), workers);
    return new Tensor(DType.BF16, parameter.shape(), data);
  }

  private short[][] tables(Parameter parameter) {
    Shape matrix = parameter.shape().asRows();
    double linear = 1 / StrictMath.sqrt((double) matrix.dim(1));
    short[][] tables = new short[matrix.intDim(0)][];
    short[] usual =
        switch (parameter.kind()) {
          case LINEAR, RESIDUAL -> quantiles(linear, false);
          case EMBEDDING -> quantiles(0.02, false);
          case BIAS -> quantiles(0.1, false);
          case NORM -> quantiles(0.25, true);
          case NORM_FROM_ONE -> quantiles(0.25, false);
        };
    Arrays.fill(tables, usual);
    if (parameter.kind() == Kind.RESIDUAL) {
      short[] outlier = quantiles(OUTLIER_SCALE * linear, false);
      outliers().forEach(channel -> tables[channel] = outlier);
    }
    return tables;
  }

  /** Channels of the residual stream that every layer writes large values into. */
  private Set<Integer> outliers() {
    WeightStream stream = new WeightStream(seed, "outlier channels");
    Set<Integer> channels = new HashSet<>();
    for (int i = 0; i < Math.max(1, config.hiddenSize() / OUTLIERS_PER); i++) {
      channels.add(stream.below(config.hiddenSize(), i));
    }
    return channels;
  }

  private static short[] quantiles(double scale, boolean logarithmic) {
    return TABLES.computeIfAbsent(
        scale + " " + logarithmic, _ -> WeightStream.quantiles(scale, logarithmic));
  }
}
