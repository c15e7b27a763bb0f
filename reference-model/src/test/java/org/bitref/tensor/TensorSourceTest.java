package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.junit.jupiter.api.Test;

class TensorSourceTest {
  private final Tensor weight = Tensor.ofFloats(Shape.of(2), 1f, 2f);
  private final Tensor bias = Tensor.ofLongs(Shape.of(), 3);

  private TensorSource source() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("weight", weight);
    tensors.put("bias", bias);
    TensorSource source = TensorSource.of("memory", tensors);
    tensors.clear();
    return source;
  }

  @Test
  void holdsWhatItWasGivenInOrder() {
    try (TensorSource source = source()) {
      assertEquals("memory", source.name());
      assertEquals(Map.of(), source.metadata());
      assertEquals(List.of("weight", "bias"), List.copyOf(source.tensors().keySet()));
      assertEquals(
          new TensorInfo("weight", DType.F32, Shape.of(2), "memory", -1),
          source.tensors().get("weight"));
      assertEquals(
          new TensorInfo("bias", DType.I64, Shape.of(), "memory", -1),
          source.tensors().get("bias"));
      assertSame(weight, source.read("weight"));
      assertSame(bias, source.read("bias"));
      assertThrows(UnsupportedOperationException.class, () -> source.tensors().clear());
    }
  }

  @Test
  void findsOrNot() {
    try (TensorSource source = source()) {
      assertEquals(true, source.has("bias"));
      assertEquals(false, source.has("other"));
      assertSame(bias, source.find("bias").orElseThrow());
      assertEquals(Optional.empty(), source.find("other"));
    }
  }

  @Test
  void missingTensor() {
    try (TensorSource source = source()) {
      var thrown = assertThrows(BadInputException.class, () -> source.read("other"));
      assertEquals("memory: no tensor \"other\". It holds: weight, bias", thrown.getMessage());
    }
  }
}
