package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonObject;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.DType;

/**
 * What a folder of a probe of functions says of itself, in {@code manifest.json}.
 *
 * @param outputDtype of inputs and results
 * @param inputsSha256 of {@code inputs.safetensors}
 */
record FunctionManifest(
    String schema,
    String outputDtype,
    int rows,
    int width,
    long seed,
    double eps,
    List<String> functions,
    String inputsSha256) {
  private static final String SCHEMA = "bitref.probe-functions/1";

  static FunctionManifest of(
      FunctionSetup setup, List<SpecialFunction> functions, String inputsSha256) {
    return new FunctionManifest(
        SCHEMA,
        setup.dtype().name(),
        setup.rows(),
        setup.width(),
        setup.seed(),
        FunctionSetup.EPS,
        functions.stream().map(SpecialFunction::word).toList(),
        inputsSha256);
  }

  /**
   * Reads what is needed to make the inputs again.
   *
   * @return empty if the folder's manifest is of something else
   * @throws BadInputException if the folder holds no manifest
   */
  static Optional<FunctionManifest> read(Path folder) {
    Path path = folder.resolve(Manifest.NAME);
    try (MappedFile file = MappedFile.open(path)) {
      JsonObject json =
          JsonObject.read(
              path.toString(), "Name a folder that `bitref probe make` wrote.", file.bytes());
      if (!json.string("schema").orElse("").equals(SCHEMA)) {
        return Optional.empty();
      }
      return Optional.of(
          new FunctionManifest(
              SCHEMA,
              json.string("output_dtype").orElseThrow(() -> json.missing("output_dtype")),
              json.wholeNumber("rows").orElseThrow(() -> json.missing("rows")),
              json.wholeNumber("width").orElseThrow(() -> json.missing("width")),
              json.number("seed").orElse(0.0).longValue(),
              FunctionSetup.EPS,
              json.strings("functions").orElseThrow(() -> json.missing("functions")),
              json.string("inputs_sha256").orElseThrow(() -> json.missing("inputs_sha256"))));
    }
  }

  FunctionSetup setup(Path folder) {
    try {
      functions.forEach(SpecialFunction::of);
      return new FunctionSetup(DType.valueOf(outputDtype), rows, width, seed);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          folder.resolve(Manifest.NAME).toString(), e.getMessage(), "Make the probe again.", e);
    }
  }
}
