package org.bitref.cli.probe;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.commons.codec.digest.MessageDigestAlgorithms;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.JsonFile;
import org.bitref.cli.console.NewFolder;
import org.bitref.cli.console.TextFile;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.json.JsonObject;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;

/** A folder with everything a device's owner needs: inputs, manifest, model and scripts. */
final class ProbeFolder {
  static final String INPUTS = "inputs.safetensors";
  private static final String NPZ = "inputs.npz";
  private static final String MODEL = "model.onnx";
  private static final String MANIFEST = "manifest.json";
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

  private ProbeFolder() {}

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

  /**
   * What a folder asks.
   *
   * @throws BadInputException if its manifest is not of this version
   */
  static Question question(Path folder, JsonObject manifest) {
    String schema = manifest.string("schema").orElse("none");
    try {
      return switch (schema) {
        case FunctionQuestion.SCHEMA -> FunctionQuestion.of(manifest);
        case ProductQuestion.SCHEMA -> ProductQuestion.of(manifest);
        default -> throw manifest.bad("schema is " + schema + ", not " + ProductQuestion.SCHEMA);
      };
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          folder.resolve(MANIFEST).toString(), e.getMessage(), "Make the probe again.", e);
    }
  }

  /**
   * A folder to make, in place of another one if {@code force} says so.
   *
   * @throws BadInputException as {@link NewFolder#of}
   */
  static NewFolder at(Path path, boolean force) {
    return NewFolder.of(path, force, "a probe", ProbeFolder::isPart);
  }

  /**
   * Makes it.
   *
   * @return bytes of its inputs
   */
  static long write(NewFolder target, Question question) {
    target.write(
        folder -> {
          Question.Content made = question.content();
          Path file = folder.resolve(INPUTS);
          SafetensorsWriter.write(file, Map.of(), made.inputs(), false);
          NpzWriter.write(folder.resolve(NPZ), made.inputs(), false);
          Map<String, Object> manifest = question.manifest();
          manifest.put("inputs_sha256", sha256(file));
          made.calls().ifPresent(calls -> manifest.put("calls", calls));
          TextFile.write(folder.resolve(MANIFEST), Json.text(manifest), false);
          TextFile.write(folder.resolve(MODEL), made.model(), false);
          SCRIPTS.forEach(s -> TextFile.write(folder.resolve(s), resource(s), false));
        });
    return target.path().resolve(INPUTS).toFile().length();
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
