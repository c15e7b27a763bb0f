package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonObject;
import org.bitref.probe.ProbeSetup;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;

/**
 * What a probe folder says of itself, in {@code manifest.json}.
 *
 * @param recipes texts of recipes that an earlier round left, one a line
 * @param weights file and tensor of given weights, {@code FILE:NAME}; null if they are free
 * @param biasName tensor of a given bias in the same file
 * @param inputsSha256 of {@code inputs.safetensors}
 */
record Manifest(
    String schema,
    int m,
    int k,
    int n,
    String inputDtype,
    String outputDtype,
    String mode,
    boolean bias,
    int round,
    long seed,
    String recipes,
    String weights,
    String biasName,
    String inputsSha256,
    List<Call> calls) {
  static final String NAME = "manifest.json";
  static final String SCHEMA = "bitref.probe-manifest/1";

  /** A product: names of tensors in the inputs. */
  record Call(String name, String x, String w, String bias) {}

  static Manifest of(
      ProbeSetup setup, String weights, String biasName, String sha256, List<Call> calls) {
    return new Manifest(
        SCHEMA,
        setup.m(),
        setup.k(),
        setup.n(),
        setup.in().name(),
        setup.out().name(),
        setup.mode().name().toLowerCase(Locale.ROOT),
        setup.bias(),
        setup.round(),
        setup.seed(),
        setup.candidates().stream().map(GemmRecipe::text).collect(Collectors.joining("\n")),
        weights,
        biasName,
        sha256,
        calls);
  }

  /**
   * Reads what is needed to make the probe again.
   *
   * @throws BadInputException if the folder holds no manifest of this version
   */
  static Manifest read(Path folder) {
    Path path = folder.resolve(NAME);
    try (MappedFile file = MappedFile.open(path)) {
      JsonObject json =
          JsonObject.read(
              path.toString(), "Name a folder that `bitref probe make` wrote.", file.bytes());
      String schema = json.string("schema").orElse("none");
      if (!schema.equals(SCHEMA)) {
        throw json.bad("schema is " + schema + ", not " + SCHEMA);
      }
      return new Manifest(
          schema,
          json.wholeNumber("m").orElseThrow(() -> json.missing("m")),
          json.wholeNumber("k").orElseThrow(() -> json.missing("k")),
          json.wholeNumber("n").orElseThrow(() -> json.missing("n")),
          text(json, "input_dtype"),
          text(json, "output_dtype"),
          text(json, "mode"),
          json.bool("bias").orElse(false),
          json.wholeNumber("round").orElse(0),
          json.number("seed").orElse(0.0).longValue(),
          text(json, "recipes"),
          json.string("weights").orElse(null),
          json.string("bias_name").orElse(null),
          text(json, "inputs_sha256"),
          List.of());
    }
  }

  private static String text(JsonObject json, String field) {
    return json.string(field).orElseThrow(() -> json.missing(field));
  }

  ProbeSetup setup(Path folder) {
    try {
      return new ProbeSetup(
          m,
          k,
          n,
          DType.valueOf(inputDtype),
          DType.valueOf(outputDtype),
          ProbeSetup.Mode.valueOf(mode.toUpperCase(Locale.ROOT)),
          bias,
          round,
          seed,
          recipes.lines().map(GemmRecipe::parse).toList());
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          folder.resolve(NAME).toString(), e.getMessage(), "Make the probe again.", e);
    }
  }
}
