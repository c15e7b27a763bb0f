package org.bitref.cli.bundle;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Operation;
import org.bitref.operation.Pointwise;
import org.bitref.operation.Product;
import org.bitref.operation.Rotation;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * A captured stage as tensors with plain names, and back.
 *
 * @param kind {@code product}, {@code norm}, {@code rope}, {@code attention}, or of element-wise
 *     stages {@code add}, {@code mul}, {@code silu}, {@code cast}
 * @param eps of a norm, else 0
 */
record CaseTensors(String kind, double eps, Map<String, Tensor> tensors) {

  static CaseTensors of(Captured<?> stage) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    String kind =
        switch (stage.operation()) {
          case Product product -> {
            tensors.put("x", product.x());
            tensors.put("w", product.w());
            put(tensors, "c", product.c());
            put(tensors, "bias", product.bias());
            put(tensors, "x_scale", product.scales().x().map(OperandScale::whole));
            put(tensors, "w_scale", product.scales().w().map(OperandScale::whole));
            yield "product";
          }
          case Norm norm -> {
            tensors.put("x", norm.x());
            tensors.put("weight", norm.weight());
            yield "norm";
          }
          case Rotation rotation -> {
            tensors.put("x", rotation.x());
            tensors.put("cos", rotation.cos());
            tensors.put("sin", rotation.sin());
            yield "rope";
          }
          case Pointwise point -> {
            tensors.put("a", point.a());
            put(tensors, "b", point.b());
            yield point.function().name().toLowerCase(Locale.ROOT);
          }
          case Attention attention -> {
            tensors.put("q", attention.q());
            tensors.put("k", attention.k());
            tensors.put("v", attention.v());
            put(tensors, "visible", attention.visible().map(CaseTensors::mask));
            AttentionTensors.put(tensors, attention);
            yield "attention";
          }
          default -> throw new IllegalArgumentException(stage.operation().kind().name());
        };
    tensors.put("y", stage.y());
    double eps = stage.operation() instanceof Norm norm ? norm.eps() : 0;
    return new CaseTensors(kind, eps, tensors);
  }

  private static void put(Map<String, Tensor> tensors, String name, Optional<Tensor> tensor) {
    tensor.ifPresent(t -> tensors.put(name, t));
  }

  private static Tensor mask(boolean[] visible) {
    byte[] bytes = new byte[visible.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (visible[i] ? 1 : 0);
    }
    return Tensor.ofBytes(DType.BOOL, Shape.of(bytes.length), bytes);
  }

  /**
   * Puts the stage together again.
   *
   * @throws BadInputException if a tensor is missing, or they do not belong together
   */
  static Captured<?> stage(String kind, double eps, TensorSource from) {
    try {
      return switch (kind) {
        case "product" -> captured(product(from), from);
        case "norm" ->
            Norm.captured(floats(from, "x"), floats(from, "weight"), eps, floats(from, "y"));
        case "rope" ->
            captured(
                new Rotation(floats(from, "x"), floats(from, "cos"), floats(from, "sin")), from);
        case "attention" -> captured(attention(from), from);
        default ->
            captured(
                new Pointwise(
                    PointRecipe.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
                    floats(from, "a"),
                    optional(from, "b")),
                from);
      };
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      throw new BadInputException(
          from.name(), "is no stage of kind " + kind + ": " + e.getMessage(), Bundle.REMEDY, e);
    }
  }

  private static Attention attention(TensorSource from) {
    Tensor q = floats(from, "q");
    Tensor k = floats(from, "k");
    Optional<boolean[]> visible = from.find("visible").map(CaseTensors::visible);
    return new Attention(q, k, floats(from, "v"), visible)
        .withFunction(AttentionTensors.function(from, q.shape().intDim(-1)));
  }

  private static Product product(TensorSource from) {
    Tensor x = floats(from, "x");
    Tensor w = floats(from, "w");
    return new Product(
        x,
        w,
        optional(from, "c"),
        optional(from, "bias"),
        new Scales(scale(from, "x_scale", x), scale(from, "w_scale", w)));
  }

  private static Optional<OperandScale> scale(TensorSource from, String name, Tensor of) {
    return optional(from, name).map(scale -> OperandScale.of(scale, of.shape()));
  }

  private static Captured<?> captured(Operation operation, TensorSource from) {
    return new Captured<>(operation, floats(from, "y"));
  }

  private static Optional<Tensor> optional(TensorSource from, String name) {
    return from.has(name) ? Optional.of(floats(from, name)) : Optional.empty();
  }

  private static Tensor floats(TensorSource from, String name) {
    Tensor tensor = from.read(name);
    if (!tensor.dtype().isFloat()) {
      throw new BadInputException(
          from.name() + ": tensor \"" + name + "\"",
          "has dtype " + tensor.dtype() + ", which is no floating-point type",
          Bundle.REMEDY);
    }
    return tensor;
  }

  private static boolean[] visible(Tensor mask) {
    boolean[] visible = new boolean[Math.toIntExact(mask.elements())];
    for (int i = 0; i < visible.length; i++) {
      visible[i] = mask.getLong(i) != 0;
    }
    return visible;
  }
}
