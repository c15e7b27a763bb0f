package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.RandomTensors;
import org.bitref.kernel.Scales;
import org.bitref.kernel.Workers;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** A capture whose projection takes FP8 operands, with their scales beside it. */
class ScaledCaptureTest {
  private static final GemmRecipe RECIPE =
      GemmRecipe.parse(
          "in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | seq | none | none |"
              + " mul(alpha,f32);cvt(bf16,rne)");

  private final RandomTensors random = new RandomTensors(2);
  private final Map<String, Tensor> file = new LinkedHashMap<>();

  private Captured captured(Tensor scale) {
    Tensor x = random.next(DType.F8_E4M3, RandomTensors.Kind.PLAIN, 1, 5, 64);
    Tensor w = random.next(DType.F8_E4M3, RandomTensors.Kind.PLAIN, 24, 64);
    Tensor ofW = random.next(DType.F32, RandomTensors.Kind.PLAIN, 24);
    file.put("w.q_proj", w);
    file.put("s.layers.0.q_proj.x", scale);
    file.put("s.q_proj.w", ofW);
    for (String system : List.of("one", "other")) {
      file.put(system + ".input_ln", x);
      file.put(system + ".q_proj", random.next(DType.BF16, RandomTensors.Kind.PLAIN, 1, 5, 24));
    }
    return new Captured(x, w, ofW);
  }

  private record Captured(Tensor x, Tensor w, Tensor scale) {}

  @Test
  void scalesStandBesideTheirStage() {
    Tensor ofX = random.next(DType.F32, RandomTensors.Kind.PLAIN, 1, 5);
    Captured captured = captured(ofX);
    Product product =
        new Product(captured.x, captured.w)
            .withScales(
                new Scales(
                    Optional.of(OperandScale.of(ofX, captured.x.shape())),
                    Optional.of(OperandScale.of(captured.scale, captured.w.shape()))));
    try (Workers workers = new Workers(1)) {
      file.put("one.q_proj", product.run(RECIPE, workers));
      Capture capture = Capture.of(Dumps.of(List.of(TensorSource.of("f", file))), Optional.empty());
      assertEquals(2, capture.systems().size());
      CapturedStage stage =
          new StageBinder(capture, workers).bind(capture.system("one"), "layers.0.q_proj");
      CapturedStage.Ready ready = assertInstanceOf(CapturedStage.Ready.class, stage);
      assertTrue(ready.content().isReproducedBy(RECIPE, workers));
    }
  }

  @Test
  void aScaleOfAnotherShapeIsRefused() {
    captured(random.next(DType.F32, RandomTensors.Kind.PLAIN, 7));
    try (Workers workers = new Workers(1)) {
      Capture capture = Capture.of(Dumps.of(List.of(TensorSource.of("f", file))), Optional.empty());
      StageBinder binder = new StageBinder(capture, workers);
      assertThrows(
          BadInputException.class, () -> binder.bind(capture.system("one"), "layers.0.q_proj"));
    }
  }
}
