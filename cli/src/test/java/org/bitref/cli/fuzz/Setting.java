package org.bitref.cli.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.cli.Bundles;
import org.bitref.cli.Cli;
import org.bitref.cli.Shown;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** A kind of file that steers a command: a valid one, and the command that reads it. */
enum Setting {
  RECIPE("a.recipe", "recipes show FILE"),
  RULES("rules.json", "compare DIR/a.safetensors DIR/b.safetensors --rules FILE"),
  MAP("map.json", "compare DIR/a.safetensors DIR/b.safetensors --map FILE"),
  EXPERIMENT("experiment.json", "sweep FILE"),
  CATALOGUE("fleet.json", "recipes diff catalogue:FILE hf-f32"),
  ENTRY("fleet.json", "recipes show catalogue:FILE#q"),
  BUNDLE("bundle.json", "bundle verify DIR/bundle.zip"),
  ARGUMENTS("arguments", "@FILE"),
  PROBE("probe/manifest.json", "probe decode DIR/probe DIR/a.safetensors"),
  LAYERS("layers.json", "explain DIR/a.safetensors DIR/b.safetensors --layers-info FILE"),
  SHARDS("model.safetensors.index.json", "inspect FILE"),
  CONFIG("model/config.json", "golden DIR/model --inputs DIR/a.safetensors -o DIR/none/x.npz");

  private static final String PRODUCT =
      "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)";

  private final String file;
  private final String command;

  Setting(String file, String command) {
    this.file = file;
    this.command = command;
  }

  /** Whether the command stops after it has read the file, for want of data. */
  boolean isHalf() {
    return this == PROBE || this == CONFIG || this == LAYERS;
  }

  /** Writes a valid file and what it needs besides; returns its text. */
  String valid(Path folder) throws IOException {
    dump(folder, "a", "x", "w", "y");
    dump(folder, "b", "x", "w", "y");
    dump(folder, "capture", "s.input_ln", "t.input_ln", "s.q_proj", "t.q_proj", "w.q_proj");
    Path path = folder.resolve(file);
    return switch (this) {
      case BUNDLE -> {
        run(
            "bundle make DIR/a.safetensors --x x --w w --y y --recipe cublas-f16-accum16 --force"
                + " -o DIR/whole.zip",
            folder);
        yield Bundles.manifest(folder.resolve("whole.zip"));
      }
      case PROBE -> {
        run("probe make --shape 4x16x4 --dtype f16 --mode free --force -o DIR/probe", folder);
        yield Files.readString(path);
      }
      case CONFIG -> {
        Files.createDirectories(path.getParent());
        dump(folder.resolve("model"), "model", "x");
        yield Files.readString(Path.of(Cli.MODEL, "config.json"));
      }
      default -> text(folder);
    };
  }

  private String text(Path folder) {
    return switch (this) {
      case RECIPE ->
          """
          # a comment
          layers\\.0\\..*_proj = %s
          kv.* = cast(calc=f32,out=bf16)
          .* = cast(calc=f32,out=f16)
          """
              .formatted(PRODUCT);
      case RULES ->
          """
          {"about": "a", "rules": [{"tensors": "x|w", "require": "cosine >= 0.9 and max_abs < 1"}, {"tensors": ".*", "require": "any", "about": "b"}]}
          """;
      case MAP ->
          """
          {"about": "x", "include": ["stages"], "ignore": ["y*"], "others": "keep", "rules":
          [{"from": "{p|x|q}", "to": ["layers.0.{p}"], "do": [{"reshape": [2, -1, 8]}, {"transpose":
          [1, 0, 2]}, {"cast": "f16"}]}, {"from": "w", "to": "z", "do": [{"unsqueeze": 0}]}]}
          """;
      case EXPERIMENT ->
          """
          {"captures": ["capture.safetensors"], "systems": ["s", "t"], "stages": ".*",
          "run": "anchored", "reference": "exact", "hypotheses": [{"name": "h", "rules": {".*":
          "hf-f32"}}, {"name": "g", "rules": ".* = %s\\n", "unrounded": "q.*"}]}
          """
              .formatted(PRODUCT);
      case CATALOGUE, ENTRY ->
          """
          {"schema": "bitref.catalogue/1", "recipes": [{"name": "q", "recipe": "%s",
          "device": "H100", "framework": "f", "kernels": "k", "options": "", "shape": "1x2x3",
          "confirmed": 7}, {"name": "r", "recipe": "cast(calc=f32,out=bf16)"}]}
          """
              .formatted(PRODUCT);
      case ARGUMENTS -> "inspect\n--stats\n%s\n".formatted(folder.resolve("a.safetensors"));
      case LAYERS ->
          """
          {"Layers": [{"Name": "l", "Outputs": [{"Name": "y", "Format/Datatype": "Half"}],
          "TacticName": "sm90_xmma_gemm_f16f16"}, "plain"], "Bindings": ["y"]}
          """;
      case SHARDS ->
          """
          {"metadata": {"total_size": 82}, "weight_map": {"x": "a.safetensors",
          "w": "a.safetensors", "y": "a.safetensors"}}
          """;
      default -> throw new IllegalStateException(name());
    };
  }

  private static void dump(Path folder, String file, String... names) throws IOException {
    Random values = new Random(file.hashCode());
    List<TensorEntry> entries = new ArrayList<>();
    for (String name : names) {
      TensorBuilder matrix = new TensorBuilder(DType.F16, Shape.of(4, name.equals("y") ? 4 : 8));
      for (int i = 0; i < (name.equals("y") ? 16 : 32); i++) {
        matrix.set(i, values.nextGaussian());
      }
      Tensor tensor = matrix.build();
      entries.add(TensorEntry.of(name, tensor));
    }
    Path path = folder.resolve(file + ".safetensors");
    SafetensorsWriter.write(path, Map.of(), entries, true);
  }

  /** Reads this text in place of the valid one. */
  Cli read(Path folder, String text) throws IOException {
    if (this == RECIPE) {
      // Lines of such a file are shown as they are: none is forged.
      return write(folder, text.replace(Shown.FORGED, "forged"));
    }
    return write(folder, text);
  }

  private Cli write(Path folder, String text) throws IOException {
    if (this == BUNDLE) {
      Bundles.withManifest(folder.resolve("whole.zip"), folder.resolve("bundle.zip"), _ -> text);
    } else {
      Path path = folder.resolve(file);
      // A fresh file each time: an old one may still be mapped.
      Files.deleteIfExists(path);
      Files.write(path, text.getBytes(StandardCharsets.UTF_8));
    }
    return run(command, folder);
  }

  private Cli run(String line, Path folder) {
    List<Object> words = new ArrayList<>(List.of("--threads", "1"));
    for (String word : line.split(" ", -1)) {
      words.add(
          word.replace("FILE", folder.resolve(file).toString()).replace("DIR", folder.toString()));
    }
    return Cli.run(words.toArray());
  }
}
