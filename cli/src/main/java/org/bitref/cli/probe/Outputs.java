package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.cli.console.JsonFile;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.RunFiles;
import org.bitref.loaders.json.JsonObject;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** What a script wrote, checked against the manifest before anything is read from it. */
record Outputs(Path file, TensorSource source) {
  private static final String AGAIN = "Run the script of this folder again.";

  /**
   * @param manifest that of the folder
   * @throws BadInputException if the outputs belong to other inputs
   */
  static Outputs read(Path folder, JsonObject manifest, Path file) {
    String hash = JsonFile.text(manifest, "inputs_sha256");
    Path inputs = folder.resolve(ProbeFolder.INPUTS);
    RunFiles.reads(inputs);
    if (inputs.toFile().exists() && !ProbeFolder.sha256(inputs).equals(hash)) {
      throw new BadInputException(
          inputs.toString(), "is not the file of the manifest", "Make the probe again.");
    }
    TensorSource source = Sources.open(file);
    String belongs = source.metadata().get("inputs_sha256");
    if (!hash.equals(belongs)) {
      throw new BadInputException(
          file.toString(),
          belongs == null ? "does not say which inputs it belongs to" : "belongs to other inputs",
          AGAIN);
    }
    return new Outputs(file, source);
  }

  Map<String, String> metadata() {
    return source.metadata();
  }

  /**
   * One result.
   *
   * @throws BadInputException if it is missing, of another shape or type, or not what it was the
   *     second time
   */
  Tensor result(String name, DType dtype, Shape shape) {
    Tensor result = read(name + ".y", dtype, shape);
    checkRepeat(name, result, read(name + ".y.repeat", dtype, shape));
    return result;
  }

  private Tensor read(String name, DType dtype, Shape shape) {
    Tensor result = source.read(name);
    if (!result.shape().equals(shape) || result.dtype() != dtype) {
      throw new BadInputException(
          file + ": tensor \"" + name + "\"",
          "is %s %s where %s %s was asked for"
              .formatted(result.dtype(), result.shape(), dtype, shape),
          "Make the probe with the --output-dtype that the device has.");
    }
    return result;
  }

  private void checkRepeat(String name, Tensor first, Tensor second) {
    if (first.data().mismatch(second.data()) < 0) {
      return;
    }
    long different = 0;
    for (long i = 0; i < first.elements(); i++) {
      different += first.bits(i) == second.bits(i) ? 0 : 1;
    }
    throw new BadInputException(
        file + ": \"" + name + "\"",
        different + " of " + first.elements() + " outputs changed when it was done again",
        "The device is not deterministic: fix its algorithm, then run the script again.");
  }
}
