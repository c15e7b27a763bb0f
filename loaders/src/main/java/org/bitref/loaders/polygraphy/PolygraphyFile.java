package org.bitref.loaders.polygraphy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.loaders.file.Text;
import org.bitref.loaders.npy.NpyHeader;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * What {@code polygraphy run} saves: outputs of runs (RunResults, {@code --save-outputs}) or inputs
 * ({@code --save-inputs}). Opening passes over the text once and decodes the arrays' headers; an
 * array is decoded when it is read, one in memory at a time. Thread-safe.
 *
 * <p>Arrays keep their names. Where the file has several runners, {@code <runner>/} stands before
 * them; where a runner has several iterations, {@code iteration.<n>/} does. Polygraphy stores what
 * numpy knows: BF16 outputs are float32 there.
 */
public final class PolygraphyFile {
  private final MappedFile file;
  private final NamedTensors.Builder tensors;

  private PolygraphyFile(MappedFile file, NamedTensors.Builder tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  /**
   * Maps a file and finds its arrays. The metadata are the runners' names.
   *
   * @throws BadInputException if the file cannot be read, is no such JSON, is nested deeper than
   *     32, or holds an array that is not base64 of an npy file, of the length its header says
   */
  public static TensorSource open(Path path) {
    return NamedTensors.ofFile(path, (file, tensors) -> new PolygraphyFile(file, tensors).index());
  }

  private void index() {
    List<Contents.Iteration> iterations = Contents.read(file);
    long runners = iterations.stream().map(Contents.Iteration::runner).distinct().count();
    boolean repeated = iterations.stream().anyMatch(iteration -> iteration.number() > 0);
    for (Contents.Iteration iteration : iterations) {
      String prefix = runners > 1 ? iteration.runner() + "/" : "";
      prefix += repeated ? "iteration." + iteration.number() + "/" : "";
      if (!iteration.runner().isEmpty()) {
        Map<String, String> metadata = tensors.metadata();
        metadata.putIfAbsent(
            runners > 1 ? "runner." + metadata.size() : "runner", iteration.runner());
      }
      for (var array : iteration.arrays().entrySet()) {
        add(prefix + array.getKey(), array.getValue());
      }
    }
  }

  private void add(String name, long position) {
    String where = file.name() + ": tensor " + Text.quote(name);
    ArrayText text = ArrayText.at(where, file.bytes(), position);
    NpyHeader header = text.header();
    if (tensors.has(name)) {
      throw new BadInputException(
          file.name(), "two arrays are called " + Text.quote(name), "Save one run per file.");
    }
    tensors.add(
        new TensorInfo(name, header.dtype(), header.shape(), file.name(), -1),
        () -> text.tensor(header));
  }
}
