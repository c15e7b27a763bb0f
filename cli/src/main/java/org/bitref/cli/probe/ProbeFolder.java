package org.bitref.cli.probe;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.codec.digest.MessageDigestAlgorithms;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.JsonFile;
import org.bitref.cli.console.NewFolder;
import org.bitref.cli.console.TextFile;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.json.JsonObject;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.probe.Probe;
import org.bitref.probe.ProbeSetup;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * A folder with everything a device's owner needs: inputs, manifest, model and scripts.
 *
 * @param weights file and tensor of given weights, {@code FILE:NAME}; empty if they are free
 * @param biasName tensor of a given bias in the same file
 */
record ProbeFolder(
    Path path, ProbeSetup setup, Optional<String> weights, Optional<String> biasName) {
  static final String INPUTS = "inputs.safetensors";
  private static final String NPZ = "inputs.npz";
  private static final String MODEL = "model.onnx";
  private static final String MANIFEST = "manifest.json";
  private static final String SCHEMA = "bitref.probe-manifest/1";
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

  /** A product: names of tensors in the inputs. */
  private record Call(String name, String x, String w, Optional<String> bias) {}

  /** Weights and bias of an engine. */
  record Given(Tensor w, Optional<Tensor> bias) {}

  /**
   * What a folder says of itself.
   *
   * @throws BadInputException if it holds no manifest
   */
  static JsonObject manifest(Path folder) {
    return JsonFile.read(
        folder.resolve(MANIFEST),
        "Name a folder that `bitref probe make` wrote.",
        Function.identity());
  }

  /** A complaint about a manifest. */
  static BadInputException bad(Path folder, IllegalArgumentException e) {
    return new BadInputException(
        folder.resolve(MANIFEST).toString(), e.getMessage(), "Make the probe again.", e);
  }

  /**
   * A folder that was made.
   *
   * @throws BadInputException if its manifest is not of this version
   */
  static ProbeFolder of(Path folder, JsonObject manifest) {
    String schema = manifest.string("schema").orElse("none");
    if (!schema.equals(SCHEMA)) {
      throw manifest.bad("schema is " + schema + ", not " + SCHEMA);
    }
    try {
      ProbeSetup setup =
          new ProbeSetup(
              JsonFile.number(manifest, "m"),
              JsonFile.number(manifest, "k"),
              JsonFile.number(manifest, "n"),
              DType.valueOf(JsonFile.text(manifest, "input_dtype")),
              DType.valueOf(JsonFile.text(manifest, "output_dtype")),
              ProbeSetup.Mode.valueOf(JsonFile.text(manifest, "mode").toUpperCase(Locale.ROOT)),
              manifest.bool("bias").orElse(false),
              manifest.wholeNumber("round").orElse(0),
              manifest.number("seed").orElse(0.0).longValue(),
              JsonFile.text(manifest, "recipes").lines().map(GemmRecipe::parse).toList());
      return new ProbeFolder(
          folder, setup, manifest.string("weights"), manifest.string("bias_name"));
    } catch (IllegalArgumentException e) {
      throw bad(folder, e);
    }
  }

  private Map<String, Object> manifest(List<Call> calls, String inputsSha256) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("schema", SCHEMA);
    json.put("m", setup.m());
    json.put("k", setup.k());
    json.put("n", setup.n());
    json.put("input_dtype", setup.in());
    json.put("output_dtype", setup.out());
    json.put("mode", setup.mode().name().toLowerCase(Locale.ROOT));
    json.put("bias", setup.bias());
    json.put("round", setup.round());
    json.put("seed", setup.seed());
    json.put(
        "recipes",
        setup.candidates().stream().map(GemmRecipe::text).collect(Collectors.joining("\n")));
    json.put("weights", weights);
    json.put("bias_name", biasName);
    json.put("inputs_sha256", inputsSha256);
    json.put("calls", calls);
    return json;
  }

  /** Writes the folder; bytes of its inputs. */
  long write(boolean force) {
    return write(path, force, this::content);
  }

  private Content content() {
    Optional<Given> given = given();
    Map<Tensor, String> names = new IdentityHashMap<>();
    List<TensorEntry> entries = new ArrayList<>();
    List<Call> calls = new ArrayList<>();
    for (Probe.Call call : probe(given).calls()) {
      calls.add(
          new Call(
              call.name(),
              name(call.x(), "x." + call.name(), names, entries),
              name(call.w(), "w." + call.name(), names, entries),
              Optional.ofNullable(call.bias())
                  .map(bias -> name(bias, "bias." + call.name(), names, entries))));
    }
    return new Content(entries, hash -> manifest(calls, hash), OnnxModel.of(setup, given));
  }

  /** The probe, made from its setup again. */
  Probe probe() {
    return probe(given());
  }

  private Probe probe(Optional<Given> given) {
    return given
        .map(engine -> Probe.ofWeights(setup, engine.w, engine.bias.orElse(null)))
        .orElseGet(() -> Probe.free(setup));
  }

  /** Weights and bias, read into memory. */
  private Optional<Given> given() {
    if (weights.isEmpty()) {
      return Optional.empty();
    }
    String file = weights.get();
    int colon = file.lastIndexOf(':');
    if (colon < 1) {
      throw new BadInputException("--weights", "is not FILE:NAME", "Name a file and a tensor.");
    }
    try (TensorSource source = Sources.open(Path.of(file.substring(0, colon)))) {
      Tensor w = copy(source.read(file.substring(colon + 1)));
      if (w.dtype() != setup.in()) {
        throw new BadInputException(
            file, "has dtype " + w.dtype(), "Pass --dtype " + w.dtype() + ".");
      }
      return Optional.of(new Given(w, biasName.map(name -> copy(source.read(name)))));
    }
  }

  private static Tensor copy(Tensor tensor) {
    byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
    return new Tensor(tensor.dtype(), tensor.shape(), MemorySegment.ofArray(bytes));
  }

  private static String name(
      Tensor tensor, String wanted, Map<Tensor, String> names, List<TensorEntry> entries) {
    return names.computeIfAbsent(
        tensor,
        t -> {
          entries.add(TensorEntry.of(wanted, t));
          return wanted;
        });
  }

  /**
   * What differs from probe to probe.
   *
   * @param manifest of the hash of the inputs
   */
  record Content(
      List<TensorEntry> inputs, Function<String, Map<String, Object>> manifest, byte[] model) {}

  /**
   * Makes a folder of any probe, in place of another one if {@code force} says so.
   *
   * @return bytes of its inputs
   */
  static long write(Path path, boolean force, Supplier<Content> content) {
    NewFolder.write(
        path,
        force,
        "a probe",
        ProbeFolder::isPart,
        folder -> {
          Content made = content.get();
          Path file = folder.resolve(INPUTS);
          SafetensorsWriter.write(file, Map.of(), made.inputs, false);
          NpzWriter.write(folder.resolve(NPZ), made.inputs, false);
          String json = Json.text(made.manifest.apply(sha256(file)));
          TextFile.write(folder.resolve(MANIFEST), json, false);
          TextFile.write(folder.resolve(MODEL), made.model, false);
          SCRIPTS.forEach(s -> TextFile.write(folder.resolve(s), resource(s), false));
        });
    return path.resolve(INPUTS).toFile().length();
  }

  private static boolean isPart(String name) {
    return SCRIPTS.contains(name)
        || RESULTS.contains(name)
        || Set.of(INPUTS, NPZ, MODEL, MANIFEST).contains(name);
  }

  private static byte[] resource(String name) {
    try (InputStream in = ProbeFolder.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static String sha256(Path file) {
    try {
      return new DigestUtils(MessageDigestAlgorithms.SHA_256).digestAsHex(file);
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
    }
  }
}
