package org.bitref.loaders.trtexec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * The outputs that {@code trtexec --exportOutput} writes as text: name, dimensions, values. The
 * text has neither types nor more than six digits, so every tensor is F32 and none is exact: good
 * for a first look, not for bits. Thread-safe.
 */
public final class TrtexecOutput {
  private static final String REMEDY =
      "The file is damaged or truncated, or was not written by trtexec --exportOutput.";

  private final MappedFile file;
  private final NamedTensors.Builder tensors;

  private TrtexecOutput(MappedFile file, NamedTensors.Builder tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  /**
   * Maps a file and passes over it once.
   *
   * @throws BadInputException if the file cannot be read, is no such JSON, or has more or fewer
   *     values than its dimensions say
   */
  public static TensorSource open(Path path) {
    return NamedTensors.ofFile(
        path,
        (file, tensors) -> {
          tensors.metadata().put("precision", "text of six digits");
          TrtexecOutput output = new TrtexecOutput(file, tensors);
          JsonCursor.readWithNonFinite(
              file.name(), REMEDY, file.bytes(), in -> in.array("the text", () -> output.add(in)));
        });
  }

  private void add(JsonCursor in) {
    Map<String, String> texts = new HashMap<>();
    long[] values = {-1, 0};
    in.object(
        "an output",
        key -> {
          switch (key) {
            case "name", "dimensions" -> texts.put(key, in.string(key));
            case "values" -> {
              values[0] = in.position();
              in.array(
                  key,
                  () -> {
                    in.anyNumber(key);
                    values[1]++;
                  });
            }
            default -> in.pass();
          }
        });
    if (texts.size() < 2 || values[0] < 0) {
      throw in.bad("an output has no name, dimensions or values");
    }
    String name = texts.get("name");
    Shape shape = shape(in, name, texts.get("dimensions"));
    if (shape.elements() != values[1]) {
      throw in.bad("tensor %s %s has %s values".formatted(Text.quote(name), shape, values[1]));
    }
    if (values[1] > Integer.MAX_VALUE - 8) {
      throw in.bad("tensor " + Text.quote(name) + " has more than 2^31-9 values");
    }
    if (tensors.has(name)) {
      throw in.bad("two outputs are called " + Text.quote(name));
    }
    tensors.add(
        new TensorInfo(name, DType.F32, shape, file.name(), -1),
        () -> read(name, shape, values[0]));
  }

  private static Shape shape(JsonCursor in, String name, String dimensions) {
    List<Long> lengths = new ArrayList<>();
    try {
      if (!dimensions.isEmpty()) {
        for (String length : dimensions.split("x", -1)) {
          lengths.add(Long.parseLong(length));
        }
      }
    } catch (NumberFormatException _) {
      lengths.add(-1L);
    }
    return Lengths.shape(lengths)
        .orElseThrow(
            () ->
                in.bad(
                    "tensor %s has dimensions %s, which are none"
                        .formatted(Text.quote(name), Text.quote(dimensions))));
  }

  /**
   * @param position of the bracket before the values
   */
  private Tensor read(String tensor, Shape shape, long position) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    long at = position + 1;
    for (int i = 0; i < values.length; i++) {
      long end = at;
      while (!ends(file.bytes().get(ValueLayout.JAVA_BYTE, end))) {
        end++;
      }
      values[i] = number(tensor, file.bytes().asSlice(at, end - at));
      at = end + 1;
    }
    return Tensor.ofFloats(shape, values);
  }

  private static boolean ends(byte c) {
    return c == ',' || c == ']';
  }

  private float number(String tensor, MemorySegment text) {
    byte[] bytes = text.toArray(ValueLayout.JAVA_BYTE);
    String number = new String(bytes, StandardCharsets.US_ASCII).strip();
    try {
      return switch (number) {
        case "nan", "-nan" -> Float.NaN;
        case "inf" -> Float.POSITIVE_INFINITY;
        case "-inf" -> Float.NEGATIVE_INFINITY;
        default -> Float.parseFloat(number);
      };
    } catch (NumberFormatException e) {
      throw new BadInputException(
          file.name() + ": tensor " + Text.quote(tensor),
          "the value " + Text.quote(number) + " is no number",
          REMEDY,
          e);
    }
  }
}
