package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.TextFile;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.probe.function.FunctionDecoder;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionInputs;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** A folder that asks a device for special functions, softmax and norm. */
record FunctionFolder(Path path, FunctionSetup setup, List<SpecialFunction> functions) {
  private static final String RESULT = ".y";

  /** Writes the folder; bytes of its inputs. */
  long write(boolean force) {
    ProbeFolder.replace(path, force, this::fill);
    return path.resolve(ProbeFolder.INPUTS).toFile().length();
  }

  private void fill(Path folder) {
    FunctionInputs made = new FunctionInputs(setup);
    List<Tensor> xs = functions.stream().map(made::x).toList();
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < xs.size(); i++) {
      entries.add(TensorEntry.of(functions.get(i).word() + ".x", xs.get(i)));
    }
    if (functions.contains(SpecialFunction.NORM)) {
      entries.add(TensorEntry.of("norm.weight", made.weight()));
    }
    Path inputs = folder.resolve(ProbeFolder.INPUTS);
    SafetensorsWriter.write(inputs, Map.of(), entries, false);
    NpzWriter.write(folder.resolve(ProbeFolder.NPZ), entries, false);
    FunctionManifest manifest = FunctionManifest.of(setup, functions, Hash.of(inputs));
    TextFile.write(folder.resolve(Manifest.NAME), Json.text(manifest), false);
    ProbeFolder.write(folder.resolve(ProbeFolder.MODEL), FunctionModel.of(setup, functions, xs));
    ProbeFolder.writeScripts(folder);
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
