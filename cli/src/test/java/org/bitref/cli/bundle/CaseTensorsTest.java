package org.bitref.cli.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** What an attention computes is kept with its operands. */
class CaseTensorsTest {
  private static final Tensor X = Tensor.ofFloats(Shape.of(1, 2, 1, 4), 1, 2, 3, 4, 5, 6, 7, 8);
  private static final AttentionFunction USUAL = AttentionFunction.of(4);

  private static Map<String, Tensor> tensors(AttentionFunction function) {
    Attention attention = new Attention(X, X, X, Optional.empty()).withFunction(function);
    return new HashMap<>(CaseTensors.of(new Captured<>(attention, X)).tensors());
  }

  private static AttentionFunction read(Map<String, Tensor> tensors) {
    Captured<?> stage = CaseTensors.stage("attention", 0, TensorSource.of("a case", tensors));
    return ((Attention) stage.operation()).function();
  }

  @Test
  void theFunctionComesBackAsItWas() {
    List<AttentionFunction> all =
        List.of(
            USUAL,
            USUAL.withScale(1),
            USUAL.notCausal(),
            USUAL.withWindow(3),
            USUAL.withSoftcap(50),
            USUAL.withSinks(List.of(0.1, Double.NEGATIVE_INFINITY)),
            USUAL.withScale(2).withWindow(1).withSoftcap(3).withSinks(List.of(1., 2.)));
    for (AttentionFunction function : all) {
      assertEquals(function, read(tensors(function)));
    }
  }

  @Test
  void theUsualOneNeedsNoTensors() {
    assertEquals(Set.of("q", "k", "v", "y"), tensors(USUAL).keySet());
  }

  @Test
  void whatIsNoFunctionIsRefused() {
    for (String name : List.of("scale", "window", "softcap")) {
      Map<String, Tensor> tensors = tensors(USUAL.withWindow(3).withSoftcap(2));
      tensors.put(name, Tensor.ofLongs(Shape.of(1), 0));
      assertThrows(BadInputException.class, () -> read(tensors), name);
    }
    Map<String, Tensor> three = tensors(USUAL);
    three.put("sinks", Tensor.ofDoubles(Shape.of(3), 1, 2, 3));
    assertThrows(BadInputException.class, () -> read(three));
  }
}
