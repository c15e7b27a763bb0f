package org.bitref.cli.golden;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.commons.codec.digest.DigestUtils;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Files with the result of one stage each. A file says which run it is of and which weights had
 * been read when it was computed; a checksum binds all of that to the stage, its type, shape and
 * bytes.
 *
 * @param planned true for the type and shape that a stage has in this run
 */
record PartFiles(
    Fingerprint run, Predicate<TensorInfo> planned, CheckedWeights weights, Workers workers) {
  private static final String RUN = "bitref.run";
  private static final String WEIGHTS = "bitref.weights";
  private static final String CHECKSUM = "bitref.checksum";

  /** Writes a result, whole or not at all. */
  void write(Path file, String stage, Tensor tensor) {
    String list =
        weights.hashes().entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining("\n"));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(RUN, run.id());
    metadata.put(CHECKSUM, checksum(stage, tensor, list));
    metadata.put(WEIGHTS, list);
    SafetensorsWriter.write(file, metadata, List.of(TensorEntry.of(stage, tensor)), true);
  }

  private String checksum(String stage, Tensor tensor, String weights) {
    String data = BlockHash.of(BlockHash.Kind.DAMAGE, tensor, workers);
    return DigestUtils.sha256Hex(String.join("\n", run.id(), stage, data, weights));
  }

  /**
   * Opens a result without a look at its data.
   *
   * @throws BadInputException if it is no such file, or not of this stage's type and shape
   */
  TensorSource open(Path file, String stage) {
    TensorSource source = SafetensorsFile.open(file);
    TensorInfo info = source.tensors().get(stage);
    if (info == null || !planned.test(info)) {
      source.close();
      throw bad(
          file, info == null ? "holds no " + stage : "has another type or shape than planned");
    }
    return source;
  }

  /**
   * As above, and looks at the data too.
   *
   * @throws BadInputException also if it is not as this run wrote it
   */
  TensorSource openChecked(Path file, String stage) {
    TensorSource source = open(file, stage);
    boolean checked = false;
    try {
      read(file, source, stage);
      checked = true;
      return source;
    } finally {
      if (!checked) {
        source.close();
      }
    }
  }

  /**
   * Reads a result.
   *
   * @throws BadInputException if it is not as this run wrote it
   */
  Tensor read(Path file, TensorSource source, String stage) {
    Tensor tensor = source.read(stage);
    String list = source.metadata().getOrDefault(WEIGHTS, "");
    if (!checksum(stage, tensor, list).equals(source.metadata().get(CHECKSUM))) {
      throw bad(file, "is not as this run wrote it: its checksum differs");
    }
    return tensor;
  }

  /**
   * Checks that all weights behind a result still hold what they held.
   *
   * @param folder of the results, for the message
   * @throws BadInputException naming one that does not
   */
  void checkWeights(TensorSource source, Path folder) {
    Map<String, String> before = new LinkedHashMap<>();
    source
        .metadata()
        .getOrDefault(WEIGHTS, "")
        .lines()
        .map(line -> line.split(" ", 2))
        .forEach(words -> before.put(words[0], words[words.length - 1]));
    Optional<String> changed = weights.changed(before);
    if (changed.isPresent()) {
      throw new BadInputException(
          changed.get(),
          "is not what it was when the results in " + folder + " were computed",
          "Restore it, or start again with --force.");
    }
  }

  private static BadInputException bad(Path file, String problem) {
    return new BadInputException(
        file.toString(), problem, "Go on with --resume, which computes it again.");
  }
}
