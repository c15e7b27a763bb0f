package org.bitref.cli.explain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.cli.capture.Python;
import org.bitref.loaders.Sources;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * What planted.py wrote: dumps of the right model, of ones with a fault, of ones that round
 * otherwise.
 *
 * @param manifest what each of them is
 * @param only names of the faults to look at, or how they begin
 * @param rounded how many of those that round otherwise to look at
 */
record PlantedDumps(Path folder, JsonNode manifest, List<String> only, int rounded) {
  /** Where it stands among the sources: it takes a script of the guides from there. */
  private static final Path SCRIPT =
      Cli.DEMO.resolve("../src/test/resources/org/bitref/cli/explain/planted.py");

  /** A dump and that of the right model with the same type and kind of attention. */
  record Pair(String name, Path good, Path other) {
    /** True if a stage is missing in one of them or has other bits. */
    boolean differs() {
      try (TensorSource a = Sources.open(good);
          TensorSource b = Sources.open(other)) {
        return !a.tensors().keySet().equals(b.tensors().keySet())
            || a.tensors().keySet().stream().anyMatch(name -> !same(a.read(name), b.read(name)));
      }
    }

    private static boolean same(Tensor a, Tensor b) {
      return a.dtype() == b.dtype()
          && a.shape().equals(b.shape())
          && a.data().mismatch(b.data()) == -1;
    }
  }

  /** Runs the generator, or takes what it wrote before to the folder {@code written}. */
  static PlantedDumps of(String written, Path temp, List<String> only, int rounded)
      throws IOException, InterruptedException {
    Path folder = written.isEmpty() ? generate(temp, only, rounded) : Path.of(written);
    JsonNode manifest = new ObjectMapper().readTree(folder.resolve("manifest.json").toFile());
    return new PlantedDumps(folder, manifest, only, rounded);
  }

  private static Path generate(Path temp, List<String> only, int rounded)
      throws IOException, InterruptedException {
    Path dumps = temp.resolve("dumps");
    Python.with("torch, transformers, safetensors", temp)
        .run(
            SCRIPT,
            Cli.MODEL,
            Cli.CAPTURE,
            dumps,
            "--only",
            String.join(",", only),
            "--pairs",
            rounded);
    return dumps;
  }

  /**
   * Every fault that changes something.
   *
   * @param kind full, gaps or hidden
   */
  List<Pair> faults(String kind) {
    return manifest.get("faults").properties().stream()
        .filter(fault -> only.stream().anyMatch(fault.getKey()::startsWith))
        .map(fault -> pair(fault, kind))
        .toList();
  }

  /** The right function, rounded or added up otherwise. */
  List<Pair> roundings(String kind) {
    return manifest.get("roundings").properties().stream()
        .limit(rounded)
        .map(variant -> pair(variant, kind))
        .toList();
  }

  private Pair pair(Map.Entry<String, JsonNode> entry, String kind) {
    String good =
        "good-%s-%s"
            .formatted(
                entry.getValue().get("dtype").asText(), entry.getValue().get("attn").asText());
    return new Pair(entry.getKey(), file(good, kind), file(entry.getKey(), kind));
  }

  private Path file(String name, String kind) {
    return folder.resolve(name + "." + kind + ".safetensors");
  }
}
