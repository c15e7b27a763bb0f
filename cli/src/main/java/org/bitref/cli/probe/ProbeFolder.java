package org.bitref.cli.probe;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.NewFolder;
import org.bitref.cli.console.TextFile;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.probe.Probe;
import org.bitref.probe.ProbeSetup;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** A folder with everything a device's owner needs: inputs, manifest, model and scripts. */
record ProbeFolder(Path path, ProbeSetup setup, String weights, String biasName) {
  static final String INPUTS = "inputs.safetensors";
  static final String NPZ = "inputs.npz";
  static final String MODEL = "model.onnx";
  private static final List<String> SCRIPTS =
      List.of(
          "bitref_io.py",
          "run_torch.py",
          "torch_functions.py",
          "run_onnxruntime.py",
          "run_tensorrt.py",
          "run_trtexec.sh");
  private static final Set<String> RESULTS =
      Set.of("outputs.safetensors", "model.engine", "trtexec.log", "layers.json");

  /** Writes the folder; bytes of its inputs. */
  long write(boolean force) {
    replace(path, force, this::fill);
    return path.resolve(INPUTS).toFile().length();
  }

  /** Makes a folder, in place of another probe if {@code force} says so. */
  static void replace(Path path, boolean force, Consumer<Path> fill) {
    NewFolder.write(path, force, "a probe", ProbeFolder::isPart, fill);
  }

  private static boolean isPart(String name) {
    return SCRIPTS.contains(name)
        || RESULTS.contains(name)
        || Set.of(INPUTS, NPZ, MODEL, Manifest.NAME).contains(name);
  }

  /** The probe, made from its setup again. */
  Probe probe() {
    if (weights == null) {
      return Probe.free(setup);
    }
    Given given = given();
    return Probe.ofWeights(setup, given.w, given.bias);
  }

  private record Given(Tensor w, Tensor bias) {}

  /** Weights and bias, read into memory. */
  private Given given() {
    int colon = weights.lastIndexOf(':');
    if (colon < 1) {
      throw new BadInputException("--weights", "is not FILE:NAME", "Name a file and a tensor.");
    }
    try (TensorSource source = Sources.open(Path.of(weights.substring(0, colon)))) {
      Tensor w = copy(source.read(weights.substring(colon + 1)));
      if (w.dtype() != setup.in()) {
        throw new BadInputException(
            weights, "has dtype " + w.dtype(), "Pass --dtype " + w.dtype() + ".");
      }
      return new Given(w, biasName == null ? null : copy(source.read(biasName)));
    }
  }

  private static Tensor copy(Tensor tensor) {
    byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
    return new Tensor(tensor.dtype(), tensor.shape(), MemorySegment.ofArray(bytes));
  }

  private void fill(Path folder) {
    Probe probe = probe();
    IdentityHashMap<Tensor, String> names = new IdentityHashMap<>();
    List<TensorEntry> entries = new ArrayList<>();
    List<Manifest.Call> calls = new ArrayList<>();
    for (Probe.Call call : probe.calls()) {
      calls.add(
          new Manifest.Call(
              call.name(),
              name(call.x(), "x." + call.name(), names, entries),
              name(call.w(), "w." + call.name(), names, entries),
              call.bias() == null
                  ? null
                  : name(call.bias(), "bias." + call.name(), names, entries)));
    }
    Path inputs = folder.resolve(INPUTS);
    SafetensorsWriter.write(inputs, Map.of(), entries, false);
    NpzWriter.write(folder.resolve(NPZ), entries, false);
    Manifest manifest = Manifest.of(setup, weights, biasName, Hash.of(inputs), calls);
    TextFile.write(folder.resolve(Manifest.NAME), Json.text(manifest), false);
    Given given = weights == null ? new Given(null, null) : given();
    write(folder.resolve(MODEL), OnnxModel.of(setup, given.w, given.bias));
    writeScripts(folder);
  }

  static void writeScripts(Path folder) {
    for (String script : SCRIPTS) {
      write(folder.resolve(script), resource(script));
    }
  }

  private static String name(
      Tensor tensor,
      String wanted,
      IdentityHashMap<Tensor, String> names,
      List<TensorEntry> entries) {
    return names.computeIfAbsent(
        tensor,
        t -> {
          entries.add(TensorEntry.of(wanted, t));
          return wanted;
        });
  }

  private static byte[] resource(String name) {
    try (InputStream in = ProbeFolder.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static void write(Path target, byte[] content) {
    ByteBuffer bytes = ByteBuffer.wrap(content);
    NewFile.write(
        target,
        false,
        channel -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }
}
