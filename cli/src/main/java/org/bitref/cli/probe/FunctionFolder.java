package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.console.JsonFile;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.json.JsonObject;
import org.bitref.probe.function.FunctionDecoder;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionInputs;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** A folder that asks a device for special functions, softmax and norm. */
record FunctionFolder(Path path, FunctionSetup setup, List<SpecialFunction> functions) {
  private static final String RESULT = ".y";
  private static final String SCHEMA = "bitref.probe-functions/1";

  /**
   * A folder that was made.
   *
   * @return empty if its manifest is of something else
   */
  static Optional<FunctionFolder> of(Path folder, JsonObject manifest) {
    if (!manifest.string("schema").orElse("").equals(SCHEMA)) {
      return Optional.empty();
    }
    try {
      DType dtype = DType.valueOf(JsonFile.text(manifest, "output_dtype"));
      int rows = JsonFile.number(manifest, "rows");
      int width = JsonFile.number(manifest, "width");
      long seed = manifest.number("seed").orElse(0.0).longValue();
      List<SpecialFunction> functions =
          manifest.strings("functions").orElseThrow(() -> manifest.missing("functions")).stream()
              .map(SpecialFunction::of)
              .toList();
      FunctionSetup setup = new FunctionSetup(dtype, rows, width, seed);
      return Optional.of(new FunctionFolder(folder, setup, functions));
    } catch (IllegalArgumentException e) {
      throw ProbeFolder.bad(folder, e);
    }
  }

  private Map<String, Object> manifest(String inputsSha256) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("schema", SCHEMA);
    json.put("output_dtype", setup.dtype());
    json.put("rows", setup.rows());
    json.put("width", setup.width());
    json.put("seed", setup.seed());
    json.put("eps", FunctionSetup.EPS);
    json.put("functions", functions.stream().map(SpecialFunction::word).toList());
    json.put("inputs_sha256", inputsSha256);
    return json;
  }

  /** Writes the folder; bytes of its inputs. */
  long write(boolean force) {
    return ProbeFolder.write(path, force, this::content);
  }

  private ProbeFolder.Content content() {
    FunctionInputs made = new FunctionInputs(setup);
    List<TensorEntry> entries = new ArrayList<>();
    functions.forEach(f -> entries.add(TensorEntry.of(f.word() + ".x", made.x(f))));
    if (functions.contains(SpecialFunction.NORM)) {
      entries.add(TensorEntry.of("norm.weight", made.weight()));
    }
    return new ProbeFolder.Content(
        entries, this::manifest, FunctionModel.of(setup, functions, made));
  }

  /**
   * Decodes every result of a file: each function, and the variants that the script added.
   *
   * @throws BadInputException if a function is missing, or a result is of another shape or type, or
   *     not what it was the second time
   */
  List<FunctionFinding> decode(Outputs outputs, Workers workers) {
    List<FunctionFinding> findings = new ArrayList<>();
    FunctionInputs made = new FunctionInputs(setup);
    List<String> names =
        outputs.source().tensors().keySet().stream()
            .filter(name -> name.endsWith(RESULT))
            .map(name -> name.substring(0, name.length() - RESULT.length()))
            .toList();
    for (SpecialFunction function : functions) {
      Shape shape = made.x(function).shape();
      List<String> variants = new ArrayList<>(List.of(function.word()));
      names.stream().filter(n -> n.startsWith(function.word() + ".")).forEach(variants::add);
      for (String name : variants) {
        Tensor y = outputs.result(name, setup.dtype(), shape);
        findings.add(FunctionDecoder.decode(setup, name, y, workers));
      }
    }
    return findings;
  }

  /** Four times as many rows of what is ambiguous; empty if nothing is. */
  Optional<FunctionFolder> next(Path folder, List<FunctionFinding> findings) {
    List<SpecialFunction> open =
        findings.stream()
            .filter(f -> f.verdict() == FunctionFinding.Verdict.AMBIGUOUS)
            .map(f -> SpecialFunction.of(f.name()))
            .distinct()
            .toList();
    FunctionSetup more =
        new FunctionSetup(setup.dtype(), 4 * setup.rows(), setup.width(), setup.seed() + 1);
    return open.isEmpty() ? Optional.empty() : Optional.of(new FunctionFolder(folder, more, open));
  }
}
