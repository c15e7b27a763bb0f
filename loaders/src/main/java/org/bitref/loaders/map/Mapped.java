package org.bitref.loaders.map;

import java.util.List;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * A tensor under its new name.
 *
 * @param from what it is made of
 * @param where what messages call it
 * @param result type and shape after the steps
 */
record Mapped(String name, TensorInfo from, String where, List<Step> steps, Sheet result) {

  /** In the source's file, and at its offset if nothing is done to it. */
  TensorInfo info() {
    long offset = steps.isEmpty() ? from.offset() : -1;
    return new TensorInfo(name, result.dtype(), result.shape(), from.file(), offset);
  }

  Tensor read(TensorSource source) {
    Tensor tensor = source.read(from.name());
    if (steps.isEmpty()) {
      return tensor;
    }
    Sheet sheet = Sheet.of(where, tensor);
    for (Step step : steps) {
      sheet = step.apply(sheet);
    }
    return sheet.tensor();
  }
}
