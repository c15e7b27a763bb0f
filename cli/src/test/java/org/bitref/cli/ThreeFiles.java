package org.bitref.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.TensorSource;

/** The capture of a layer before attention, as people hold it: a file for each system. */
public final class ThreeFiles {
  /** What the files are called, in the order of the capture. */
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("ort_cpu", "ort");
    NAMES.put("pytorch_cuda", "pytorch");
    NAMES.put("trt_strong_marked", "trt");
    NAMES.put("in", "in");
    NAMES.put("w", "w");
  }

  private ThreeFiles() {}

  /**
   * Writes {@code ort.npz}, {@code pytorch.npz}, {@code trt.npz}, {@code in.npz}, {@code w.npz}.
   */
  public static void write(Path capture, Path folder) {
    try (TensorSource source = Sources.open(capture)) {
      NAMES.forEach(
          (system, file) -> {
            List<TensorEntry> entries = new ArrayList<>();
            for (String name : source.tensors().keySet()) {
              if (name.startsWith(system + ".")) {
                entries.add(TensorEntry.of(name.substring(system.length() + 1), source.read(name)));
              }
            }
            NpzWriter.write(folder.resolve(file + ".npz"), entries, false);
          });
    }
  }

  /** The same in one file, where the names of the systems stand before those of the stages. */
  public static void writeOne(Path capture, Path file) {
    try (TensorSource source = Sources.open(capture)) {
      List<TensorEntry> entries = new ArrayList<>();
      for (String name : source.tensors().keySet()) {
        String system = name.substring(0, name.indexOf('.'));
        if (NAMES.containsKey(system)) {
          String renamed = NAMES.get(system) + name.substring(system.length());
          entries.add(TensorEntry.of(renamed, source.read(name)));
        }
      }
      SafetensorsWriter.write(file, Map.of(), entries, false);
    }
  }
}
