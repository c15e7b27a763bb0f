package org.bitref.loaders.trtexec;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.tensor.TensorSource;

/**
 * The debug tensors of trtexec ({@code --saveAllDebugTensors=summary,raw} or {@code numpy}): a
 * {@code tensor_summary.json} and the files that it names. The summary is the truth for names and
 * types: file names are sanitised, and BF16 and FP8 are widened to float32 in npy files, which is
 * undone here. Raw files are preferred. A tensor that was written several times keeps its name the
 * first time and is called {@code <name>@1}, {@code <name>@2} after that. Thread-safe.
 */
public final class TrtexecDump {
  /** The name that trtexec gives the summary. */
  public static final String SUMMARY = "tensor_summary.json";

  private static final String REMEDY =
      "The dump is damaged or incomplete: run trtexec again with"
          + " --saveAllDebugTensors=summary,raw.";

  private final Path summary;
  private final NamedTensors.Builder tensors;

  /** How often each name has come. */
  private final Map<String, Integer> written = new HashMap<>();

  private TrtexecDump(Path summary, NamedTensors.Builder tensors) {
    this.summary = summary;
    this.tensors = tensors;
  }

  /**
   * Reads a summary and the headers of the files that it names. The metadata are engine, time and
   * command line.
   *
   * @throws BadInputException if the summary is no JSON as trtexec writes it, or if a file is
   *     missing, lies elsewhere, or is not of the size or type that the summary says
   */
  public static TensorSource open(Path summary) {
    return NamedTensors.of(summary.toString(), tensors -> new TrtexecDump(summary, tensors).read());
  }

  private void read() {
    try (MappedFile file = MappedFile.open(summary, MappedFile.LISTING)) {
      // The mean of no elements is a bare nan in the text.
      JsonCursor.readWithNonFinite(
          file.name(),
          REMEDY,
          file.bytes(),
          in -> in.object("the summary", key -> member(in, key)));
    }
  }

  private void member(JsonCursor in, String key) {
    switch (key) {
      case "metadata" -> in.object(key, name -> tensors.metadata().put(name, in.skip()));
      case "tensors" -> in.array(key, () -> add(in));
      default -> in.pass();
    }
  }

  private void add(JsonCursor in) {
    DumpedTensor.Entry entry = DumpedTensor.Entry.read(in);
    int times = written.merge(entry.name(), 1, Integer::sum);
    String name = times == 1 ? entry.name() : entry.name() + "@" + (times - 1);
    if (tensors.has(name)) {
      throw in.bad("two tensors are called " + Text.quote(name));
    }
    DumpedTensor tensor = DumpedTensor.open(summary, entry, REMEDY);
    tensors.opened(tensor.source()::close);
    tensors.add(tensor.info(name), tensor::read);
  }
}
