package org.bitref.loaders.polygraphy;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.loaders.npy.NpyHeader;
import org.bitref.tensor.Tensor;
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
public final class PolygraphyFile implements TensorSource {
  private final MappedFile file;
  private final Map<String, ArrayText> arrays = new LinkedHashMap<>();
  private final Map<String, NpyHeader> headers = new LinkedHashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private PolygraphyFile(MappedFile file) {
    this.file = file;
  }

  /**
   * Maps a file and finds its arrays.
   *
   * @throws BadInputException if the file cannot be read, is no such JSON, is nested deeper than
   *     32, or holds an array that is not base64 of an npy file, of the length its header says
   */
  public static PolygraphyFile open(Path path) {
    PolygraphyFile source = new PolygraphyFile(MappedFile.open(path));
    boolean opened = false;
    try {
      source.index();
      opened = true;
      return source;
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  private void index() {
    List<Contents.Iteration> iterations = Contents.read(file);
    long runners = iterations.stream().map(Contents.Iteration::runner).distinct().count();
    boolean repeated = iterations.stream().anyMatch(iteration -> iteration.number() > 0);
    for (Contents.Iteration iteration : iterations) {
      String prefix = runners > 1 ? iteration.runner() + "/" : "";
      prefix += repeated ? "iteration." + iteration.number() + "/" : "";
      if (!iteration.runner().isEmpty()) {
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
    if (arrays.putIfAbsent(name, text) != null) {
      throw new BadInputException(
          file.name(), "two arrays are called " + Text.quote(name), "Save one run per file.");
    }
    headers.put(name, header);
    infos.put(name, new TensorInfo(name, header.dtype(), header.shape(), file.name(), -1));
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  /** The runners' names. */
  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  @Override
  public Tensor read(String tensor) {
    ArrayText text = arrays.get(tensor);
    if (text == null) {
      throw new BadInputException(
          name(), "no array " + Text.quote(tensor), "List its arrays with: bitref inspect.");
    }
    return text.tensor(headers.get(tensor));
  }

  @Override
  public void close() {
    file.close();
  }
}
