package org.bitref.live;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** libtorch: {@code torch.nn.functional.linear} on the CPU. */
record LibTorch() implements BlackBox {
  @Override
  public String framework() {
    return "libtorch " + torch.TORCH_VERSION;
  }

  @Override
  public Tensor multiply(Tensor x, Tensor w) {
    try (BytePointer a = copy(x);
        BytePointer b = copy(w);
        org.bytedeco.pytorch.Tensor y = torch.linear(tensor(a, x), tensor(b, w)).contiguous()) {
      Shape shape = Shape.of(x.shape().dim(0), w.shape().dim(0));
      byte[] bytes = new byte[(int) (shape.elements() * x.dtype().bytes())];
      new BytePointer(y.data_ptr()).get(bytes);
      return new Tensor(x.dtype(), shape, MemorySegment.ofArray(bytes));
    }
  }

  private static BytePointer copy(Tensor tensor) {
    return new BytePointer(tensor.data().toArray(ValueLayout.JAVA_BYTE));
  }

  private static org.bytedeco.pytorch.Tensor tensor(BytePointer data, Tensor like) {
    long[] shape = {like.shape().dim(0), like.shape().dim(1)};
    TensorOptions options = new TensorOptions(type(like.dtype()));
    return torch.from_blob(data, shape, options);
  }

  private static ScalarType type(DType dtype) {
    return switch (dtype) {
      case F32 -> ScalarType.Float;
      case F16 -> ScalarType.Half;
      case F64 -> ScalarType.Double;
      default -> throw new IllegalArgumentException(dtype + " is not run here");
    };
  }
}
