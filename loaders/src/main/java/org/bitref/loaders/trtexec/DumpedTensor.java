package org.bitref.loaders.trtexec;

import java.nio.file.Path;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.loaders.file.DTypeName;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.Text;
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

  static DumpedTensor open(Path summary, SummaryEntry entry, String remedy) {
    String what = "tensor " + Text.quote(entry.name());
    Optional<DType> type = DTypeName.find(entry.type());
    for (String kind : new String[] {"raw", "numpy", "assigned"}) {
      String file = entry.files().get(kind);
      boolean numpy = kind.equals("numpy");
      if (file == null || (!numpy && type.isEmpty())) {
        continue;
      }
      Path path = InsideFolder.resolve(summary, what, file, remedy);
      TensorSource source =
          numpy ? NpyFile.open(path) : RawSource.open(path, type.get(), entry.shape());
      TensorInfo stored = source.tensors().values().iterator().next();
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

  /** True if a file of one type can hold a tensor of another. */
  private static boolean holds(DType stored, DType dtype) {
    return stored == dtype || (stored == DType.F32 && narrow(dtype));
  }

  private static boolean narrow(DType dtype) {
    return dtype == DType.BF16 || dtype == DType.F8_E4M3;
  }

  TensorInfo info(String name) {
    TensorInfo stored = source.tensors().values().iterator().next();
    long offset = stored.dtype() == dtype ? stored.offset() : -1;
    return new TensorInfo(name, dtype, shape, stored.file(), offset);
  }

  Tensor read() {
    Tensor stored = source.read(source.tensors().keySet().iterator().next());
    if (stored.dtype() == dtype) {
      return stored;
    }
    Tensor narrowed = stored.cast(dtype);
    for (long i = 0; i < stored.elements(); i++) {
      double wide = stored.get(i);
      if (Double.compare(wide, narrowed.get(i)) != 0) {
        throw new BadInputException(
            source.name(),
            "element %d, %s, is no %s, which the summary says it was widened from"
                .formatted(i, wide, dtype),
            "The file was changed after trtexec wrote it: take the dump again.");
      }
    }
    return narrowed;
  }
}
