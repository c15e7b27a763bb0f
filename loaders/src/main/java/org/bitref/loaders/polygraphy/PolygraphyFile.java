package org.bitref.loaders.polygraphy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.json.JsonCursor.Kind;
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
  static final String REMEDY =
      "The file is damaged or truncated, or was not saved by Polygraphy: save it again.";
  private static final int LONGEST_NAME = 1000;

  /**
   * The arrays of one iteration.
   *
   * @param runner name of the runner; empty for inputs
   * @param arrays array name to the byte at which its string starts
   */
  private record Iteration(String runner, int number, Map<String, Long> arrays) {}

  private final List<Iteration> iterations = new ArrayList<>();
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
    JsonCursor.read(file.name(), REMEDY, file.bytes(), this::root);
    long runners = iterations.stream().map(Iteration::runner).distinct().count();
    boolean repeated = iterations.stream().anyMatch(iteration -> iteration.number() > 0);
    for (Iteration iteration : iterations) {
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

  private void root(JsonCursor in) {
    if (in.kind() == Kind.ARRAY) {
      in.array("the text", () -> iteration(in, "", iterations.size()));
      return;
    }
    boolean[] found = new boolean[1];
    in.object(
        "the text",
        name -> {
          if (name.equals("lst")) {
            found[0] = true;
            in.array("lst", () -> runner(in));
          } else {
            in.skip();
          }
        });
    if (!found[0]) {
      throw in.bad("the text has no \"lst\"");
    }
  }

  /** A pair of the runner's name and its iterations. */
  private void runner(JsonCursor in) {
    List<String> runner = new ArrayList<>();
    int[] iteration = new int[1];
    in.array(
        "an entry of lst",
        () -> {
          if (runner.isEmpty()) {
            runner.add(in.string("a runner's name"));
            if (runner.getFirst().length() > LONGEST_NAME) {
              // It stands before the names of all its arrays.
              throw in.bad("a runner's name has more than " + LONGEST_NAME + " characters");
            }
          } else {
            in.array(
                "the iterations of a runner", () -> result(in, runner.getFirst(), iteration[0]++));
          }
        });
  }

  private void result(JsonCursor in, String runner, int number) {
    in.object(
        "an iteration",
        name -> {
          if (name.equals("outputs")) {
            iteration(in, runner, number);
          } else {
            in.skip();
          }
        });
  }

  private void iteration(JsonCursor in, String runner, int number) {
    Map<String, Long> arrays = new LinkedHashMap<>();
    in.object("the arrays of an iteration", name -> array(in, name, name, arrays));
    iterations.add(new Iteration(runner, number, arrays));
  }

  /** {@code {"array": ".."}}, or that inside {@code {"values": ..}} as LazyArray has it. */
  private static void array(JsonCursor in, String name, String what, Map<String, Long> arrays) {
    in.object(
        what,
        key -> {
          switch (key) {
            case "values" -> array(in, name, "the values of " + what, arrays);
            case "array" -> {
              if (in.kind() != Kind.STRING) {
                throw notText(in, name);
              }
              arrays.put(name, in.position());
              in.pass();
            }
            default -> in.skip();
          }
        });
    if (!arrays.containsKey(name)) {
      throw notText(in, name);
    }
  }

  private static BadInputException notText(JsonCursor in, String name) {
    return in.bad("tensor " + Text.quote(name) + " is not an array as text");
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
