package org.bitref.cli.dump;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Debug tensors as trtexec saves them, and what an engine makes of tensors before that. */
final class TrtexecFolder {
  private TrtexecFolder() {}

  /** A folder with tensor_summary.json and raw files, whose names are not those of the tensors. */
  static Path write(Path folder, Map<String, Tensor> tensors) throws IOException {
    Files.createDirectories(folder);
    List<String> entries = new ArrayList<>();
    for (var tensor : tensors.entrySet()) {
      String file = String.format(Locale.ROOT, "%04d__t.raw", entries.size());
      Files.write(folder.resolve(file), tensor.getValue().data().toArray(ValueLayout.JAVA_BYTE));
      entries.add(
          "{\"name\": \"%s\", \"shape\": %s, \"type\": \"%s\", \"files\": {\"raw\": \"%s\"}}"
              .formatted(
                  tensor.getKey(), tensor.getValue().shape(), tensor.getValue().dtype(), file));
    }
    Files.writeString(
        folder.resolve("tensor_summary.json"),
        "{\"metadata\": {\"title\": \"Tensor Summary Report\"}, \"tensors\": ["
            + String.join(",\n", entries)
            + "]}");
    return folder;
  }

  /** Tensors side by side along their last axis. */
  static Tensor fused(Tensor... parts) {
    long rows = parts[0].elements() / parts[0].shape().dim(-1);
    long width = 0;
    for (Tensor part : parts) {
      width += part.shape().dim(-1);
    }
    TensorBuilder out = new TensorBuilder(parts[0].dtype(), parts[0].shape().withLast(width));
    long to = 0;
    for (long row = 0; row < rows; row++) {
      for (Tensor part : parts) {
        long part0 = part.shape().dim(-1);
        out.copy(to, part, row * part0, part0);
        to += part0;
      }
    }
    return out.build();
  }

  /** [1, S, ..] with one more token, which repeats the first. */
  static Tensor oneTokenMore(Tensor tensor) {
    long[] dims = tensor.shape().dims();
    long token = tensor.elements() / dims[1];
    dims[1]++;
    TensorBuilder out = new TensorBuilder(tensor.dtype(), Shape.of(dims));
    out.copy(0, tensor, 0, tensor.elements());
    out.copy(tensor.elements(), tensor, 0, token);
    return out.build();
  }

  /** One element with its last bit turned. */
  static Tensor turned(Tensor tensor, long at) {
    TensorBuilder out = new TensorBuilder(tensor.dtype(), tensor.shape());
    out.copy(0, tensor, 0, tensor.elements());
    out.setBits(at, tensor.bits(at) ^ 1);
    return out.build();
  }
}
