package org.bitref.loaders.trtexec;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.DTypeName;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.npy.NpyFile;
import org.bitref.loaders.raw.RawSource;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * One debug tensor and the file that holds it.
 *
 * @param dtype the type in the engine; that of the file where bitref has no such type (INT4, FP4)
 * @param source holds this tensor alone
 */
record DumpedTensor(DType dtype, Shape shape, TensorSource source) {

  /**
   * What a tensor_summary.json says of one tensor.
   *
   * @param type TensorRT's name: FLOAT, HALF, BF16, FP8, INT32 and so on
   * @param files kind (raw, numpy, assigned, string) to file name
   */
  record Entry(String name, String type, Shape shape, Map<String, String> files) {

    /** Reads the object that the cursor stands on. */
    static Entry read(JsonCursor in) {
      Map<String, String> texts = new HashMap<>();
      Map<String, String> files = new HashMap<>();
      Map<String, List<Long>> lengths = new HashMap<>();
      in.object(
          "an entry of tensors",
          key -> {
            switch (key) {
              case "name", "type" -> texts.put(key, in.string(key));
              case "shape" -> lengths.put(key, in.wholeNumbers(key));
              case "files" -> in.object(key, kind -> files.put(kind, in.string(kind)));
              default -> in.pass();
            }
          });
      if (texts.size() < 2 || lengths.isEmpty()) {
        throw in.bad("an entry of tensors has no name, type or shape");
      }
      String name = texts.get("name");
      Shape shape =
          Lengths.shape(lengths.get("shape"))
              .orElseThrow(() -> in.bad("tensor " + Text.quote(name) + " has an impossible shape"));
      return new Entry(name, texts.get("type"), shape, files);
    }
  }

  static DumpedTensor open(Path summary, Entry entry, String remedy) {
    String what = "tensor " + Text.quote(entry.name());
    Optional<DType> type = DTypeName.find(entry.type());
    for (String kind : List.of("raw", "numpy", "assigned")) {
      boolean numpy = kind.equals("numpy");
      if (!entry.files().containsKey(kind) || (!numpy && type.isEmpty())) {
        continue;
      }
      Path path = InsideFolder.resolve(summary, what, entry.files().get(kind), remedy);
      TensorSource source =
          numpy ? NpyFile.open(path) : RawSource.open(path, type.get(), entry.shape());
      TensorInfo stored = only(source);
      DType dtype = type.orElse(stored.dtype());
      if (!stored.shape().equals(entry.shape()) || !holds(stored.dtype(), dtype)) {
        source.close();
        throw new BadInputException(
            path.toString(),
            "holds %s %s, but the summary calls %s %s %s"
                .formatted(stored.dtype(), stored.shape(), what, entry.type(), entry.shape()),
            remedy);
      }
      return new DumpedTensor(dtype, entry.shape(), source);
    }
    throw new BadInputException(summary.toString(), what + " has no file with its numbers", remedy);
  }

  private static TensorInfo only(TensorSource source) {
    return source.tensors().values().iterator().next();
  }

  /** True if a file of one type can hold a tensor of another. */
  private static boolean holds(DType stored, DType dtype) {
    boolean narrow = dtype == DType.BF16 || dtype == DType.F8_E4M3;
    return stored == dtype || (stored == DType.F32 && narrow);
  }

  TensorInfo info(String name) {
    TensorInfo stored = only(source);
    long offset = stored.dtype() == dtype ? stored.offset() : -1;
    return new TensorInfo(name, dtype, shape, stored.file(), offset);
  }

  Tensor read() {
    Tensor stored = source.read(only(source).name());
    if (stored.dtype() == dtype) {
      return stored;
    }
    Tensor narrowed = stored.cast(dtype);
    for (long i = 0; i < stored.elements(); i++) {
      double wide = stored.get(i);
      if (Double.compare(wide, narrowed.get(i)) != 0) {
        throw new BadInputException(
            source.name(),
            "element %s, %s, is no %s, which the summary says it was widened from"
                .formatted(i, wide, dtype),
            "The file was changed after trtexec wrote it: take the dump again.");
      }
    }
    return narrowed;
  }
}
