package org.bitref.cli.probe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.JsonFile;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.json.JsonObject;
import org.bitref.probe.function.FunctionDecoder;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionFinding.Verdict;
import org.bitref.probe.function.FunctionInputs;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;

/** Special functions, softmax and norm. */
record FunctionQuestion(FunctionSetup setup, List<SpecialFunction> functions) implements Question {
  static final String SCHEMA = "bitref.probe-functions/1";
  private static final String RESULT = ".y";

  /**
   * What a manifest asks.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  static FunctionQuestion of(JsonObject manifest) {
    DType dtype = DType.valueOf(JsonFile.text(manifest, "output_dtype"));
    int rows = JsonFile.number(manifest, "rows");
    int width = JsonFile.number(manifest, "width");
    long seed = manifest.number("seed").orElse(0.0).longValue();
    List<String> names =
        manifest.strings("functions").orElseThrow(() -> manifest.missing("functions"));
    return new FunctionQuestion(
        new FunctionSetup(dtype, rows, width, seed),
        names.stream().map(SpecialFunction::of).toList());
  }

  @Override
  public Map<String, Object> manifest() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("schema", SCHEMA);
    json.put("output_dtype", setup.dtype());
    json.put("rows", setup.rows());
    json.put("width", setup.width());
    json.put("seed", setup.seed());
    json.put("eps", FunctionSetup.EPS);
    json.put("functions", functions.stream().map(SpecialFunction::word).toList());
    return json;
  }

  @Override
  public String shape() {
    return setup.rows() + "x" + setup.width();
  }

  @Override
  public Content content() {
    FunctionInputs made = new FunctionInputs(setup);
    List<TensorEntry> entries = new ArrayList<>();
    functions.forEach(f -> entries.add(TensorEntry.of(f.word() + ".x", made.x(f))));
    if (functions.contains(SpecialFunction.NORM)) {
      entries.add(TensorEntry.of("norm.weight", made.weight()));
    }
    return new Content(entries, Optional.empty(), FunctionModel.of(setup, functions, made));
  }

  /** Each function, and the variants that the script added. */
  @Override
  public Answer decode(Outputs outputs, Workers workers) {
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
        findings.add(
            FunctionDecoder.decode(
                setup, name, outputs.result(name, setup.dtype(), shape), workers));
      }
    }
    List<Decided> decided =
        findings.stream()
            .filter(f -> f.isStage() && f.verdict() == Verdict.DECODED)
            .map(f -> new Decided("." + f.name(), f.recipe().orElseThrow(), f.total()))
            .toList();
    return new Answer(DecodeReport.Functions.of(findings), decided, () -> next(findings));
  }

  /** Four times as many rows of what is ambiguous. */
  private Optional<FunctionQuestion> next(List<FunctionFinding> findings) {
    List<SpecialFunction> open =
        findings.stream()
            .filter(f -> f.verdict() == Verdict.AMBIGUOUS)
            .map(f -> SpecialFunction.of(f.name()))
            .distinct()
            .toList();
    FunctionSetup more =
        new FunctionSetup(setup.dtype(), 4 * setup.rows(), setup.width(), setup.seed() + 1);
    return Optional.of(new FunctionQuestion(more, open)).filter(_ -> !open.isEmpty());
  }
}
