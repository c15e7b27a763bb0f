package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.bitref.BadInputException;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.CapturedStage.Lacking;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.kernel.Workers;
import org.bitref.model.Stage;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One layer in files as people hold them, against the same in the plan's own names and axes. */
class PlainFilesTest {
  private static final String LAYER = "layers.0.";

  /** Key heads times their width are the model's: k_proj and v_proj are square. */
  private final TwoSystems systems = new TwoSystems();

  private final Map<String, Tensor> a = systems.run("edge-fp16-f32acc");
  private final Map<String, Tensor> b = systems.run("edge-fp16-f16acc");

  /** How a file holds heads. */
  enum Heads {
    AS_PLANNED,
    WITHOUT_BATCH,
    TOKENS_FIRST,
    TOKENS_FIRST_WITH_BATCH
  }

  private static Tensor laidOut(String stage, Tensor tensor, Heads heads) {
    Shape shape = tensor.shape();
    if (shape.rank() != 4) {
      return heads == Heads.AS_PLANNED ? tensor : tensor.reshape(tail(shape));
    }
    boolean outer = stage.endsWith("_rope") || stage.startsWith("kv.");
    return switch (heads) {
      case AS_PLANNED -> tensor;
      case WITHOUT_BATCH -> tensor.reshape(tail(shape));
      case TOKENS_FIRST ->
          outer ? exchanged(tensor).reshape(tail(exchanged(tensor).shape())) : tensor;
      case TOKENS_FIRST_WITH_BATCH -> outer ? exchanged(tensor) : tensor;
    };
  }

  private static Shape tail(Shape shape) {
    long[] dims = new long[shape.rank() - 1];
    System.arraycopy(shape.dims(), 1, dims, 0, dims.length);
    return Shape.of(dims);
  }

  /** [1, a, b, D] as [1, b, a, D], number by number. */
  private static Tensor exchanged(Tensor tensor) {
    Shape shape = tensor.shape();
    int d = shape.intDim(3);
    float[] from = tensor.toFloats();
    float[] to = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      int first = i / d / shape.intDim(2);
      int second = i / d % shape.intDim(2);
      to[(second * shape.intDim(1) + first) * d + i % d] = from[i];
    }
    Shape other = Shape.of(1, shape.dim(2), shape.dim(1), d);
    return Tensor.ofFloats(other, to).cast(tensor.dtype());
  }

  /** What a system computed of the layer, by plain names. */
  private static Map<String, Tensor> plain(Map<String, Tensor> stages, Heads heads) {
    Map<String, Tensor> file = new LinkedHashMap<>();
    stages.forEach(
        (name, tensor) -> {
          boolean computed = name.startsWith(LAYER) && !name.endsWith("input_hidden");
          if (computed || name.startsWith("kv.")) {
            file.put(name.replace(LAYER, ""), laidOut(name, tensor, heads));
          }
        });
    return file;
  }

  private Map<String, Tensor> inputs() {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("hidden", a.get(LAYER + "input_hidden").reshape(Shape.of(24, 64)));
    inputs.put("in.cos", a.get("rope.cos"));
    inputs.put("sin", a.get("rope.sin").reshape(Shape.of(24, 32)));
    inputs.put("position_ids", a.get("position_ids"));
    inputs.put("note", Tensor.ofLongs(Shape.of(1), 7));
    return inputs;
  }

  /** By the names of a checkpoint. */
  private Map<String, Tensor> weights(UnaryOperator<Tensor> stored) {
    Map<String, Tensor> weights = new TreeMap<>();
    for (Stage stage : systems.capture(a, b, true).plan().stages()) {
      stage
          .weight()
          .filter(weight -> weight.name().startsWith(LAYER))
          .ifPresent(
              weight -> {
                Tensor tensor = systems.weights().weight(weight.name());
                boolean matrix = tensor.shape().rank() == 2;
                weights.put("model." + weight.name(), matrix ? stored.apply(tensor) : tensor);
              });
    }
    return weights;
  }

  private static List<TensorSource> source(String name, Map<String, Tensor> tensors) {
    return List.of(TensorSource.of(name, tensors));
  }

  private Capture capture(Heads heads, UnaryOperator<Tensor> stored) {
    List<TensorSource> files =
        List.of(
            TensorSource.of("dir/a.npz", plain(a, Heads.AS_PLANNED)),
            TensorSource.of("dir/b.pt", plain(b, heads)));
    return Capture.of(
        new Dumps(files, source("in", inputs()), source("w", weights(stored))), Optional.empty());
  }

  private void assertSame(Capture found) {
    Capture expected = systems.capture(a, b, true);
    for (String name : List.of("a", "b")) {
      CapturedSystem system = found.system(name);
      for (String stage : expected.stages()) {
        if (stage.startsWith(LAYER) && !stage.endsWith("input_hidden")) {
          assertSame(expected.system(name).get(stage), system.get(stage), stage);
          expected
              .system(name)
              .weights()
              .apply(stage)
              .ifPresent(w -> assertSame(w, system.weights().apply(stage).orElseThrow(), stage));
        }
      }
      for (String stage : List.of(LAYER + "input_hidden", "rope.cos", "rope.sin")) {
        assertSame(expected.system(name).get(stage), system.get(stage), stage);
        assertFalse(system.computed(stage), stage);
      }
    }
  }

  private static void assertSame(Tensor expected, Tensor found, String stage) {
    assertEquals(expected.shape(), found.shape(), stage);
    assertEquals(expected.dtype(), found.dtype(), stage);
    assertEquals(-1, expected.data().mismatch(found.data()), stage);
  }

  @ParameterizedTest
  @EnumSource
  void axesAreThoseOfThePlanWhateverTheFileHas(Heads heads) {
    Capture found = capture(heads, w -> w);
    assertSame(found);
    assertEquals(Map.of("in", List.of("note")), found.reading().aside());
    assertTrue(found.reading().transposed().isEmpty());
    assertEquals(List.of(LAYER + "input_hidden", "rope.cos", "rope.sin"), found.inputs().shared());
  }

  @Test
  void weightsStoredForMatMulAreTransposed() {
    Capture found = capture(Heads.AS_PLANNED, Tensor::transposed);
    assertSame(found);
    assertEquals(
        List.of("mlp_down", "gate_proj", "up_proj", "k_proj", "o_proj", "q_proj", "v_proj"),
        found.reading().transposed().get("w").stream().map(s -> s.replace(LAYER, "")).toList());
  }

  /** The outputs tell of each square one, whatever the others are. */
  @Test
  void aSquareWeightAloneIsTransposed() {
    Capture found =
        capture(Heads.AS_PLANNED, w -> w.shape().dim(0) == w.shape().dim(1) ? w.transposed() : w);
    assertSame(found);
    assertEquals(
        List.of(LAYER + "k_proj", LAYER + "v_proj"), found.reading().transposed().get("w"));
  }

  /** One system that multiplies by the transposed weight does not change how it is stored. */
  @Test
  void aFaultOfOneSystemTransposesNoWeight() {
    Map<String, Tensor> wrong = plain(b, Heads.AS_PLANNED);
    wrong.put(
        "k_proj",
        product(
            wrong.get("input_ln"),
            systems.weights().weight("layers.0.self_attn.k_proj.weight").transposed()));
    List<TensorSource> files =
        List.of(TensorSource.of("a", plain(a, Heads.AS_PLANNED)), TensorSource.of("b", wrong));
    Map<String, Tensor> weights = weights(w -> w);
    weights.computeIfPresent("model.layers.0.self_attn.v_proj.weight", (_, w) -> w.transposed());
    Dumps dumps = new Dumps(files, source("in", inputs()), source("w", weights));
    assertEquals(
        Map.of("w", List.of(LAYER + "v_proj")),
        Capture.of(dumps, Optional.empty()).reading().transposed());
  }

  private static Tensor product(Tensor x, Tensor w) {
    int n = w.shape().intDim(0);
    int k = w.shape().intDim(1);
    float[] y = new float[24 * n];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < k; j++) {
        y[i] += (float) (x.get((long) i / n * k + j) * w.get((long) i % n * k + j));
      }
    }
    return Tensor.ofFloats(Shape.of(1, 24, n), y).cast(x.dtype());
  }

  @Test
  void unequalInputsOfTheFilesThemselvesAreTold() {
    Tensor hidden = a.get(LAYER + "input_hidden");
    Capture same = ownInputs(hidden, hidden);
    assertTrue(same.inputs().allEqual());
    assertEquals(1, same.inputs().checks().size());
    Capture other = ownInputs(hidden, b.get(LAYER + "o_proj").cast(hidden.dtype()));
    assertFalse(other.inputs().allEqual());
    assertEquals(LAYER + "input_hidden", other.inputs().checks().getFirst().input());
    assertFalse(other.system("b").computed(LAYER + "input_hidden"));
  }

  private Capture ownInputs(Tensor ofA, Tensor ofB) {
    Map<String, Tensor> first = plain(a, Heads.AS_PLANNED);
    Map<String, Tensor> second = plain(b, Heads.AS_PLANNED);
    first.put("in.hidden", ofA);
    second.put("in.hidden", ofB);
    return Capture.of(
        Dumps.of(List.of(TensorSource.of("a", first), TensorSource.of("b", second))),
        Optional.empty());
  }

  /** As many heads as tokens: the length of each vector, which a rotation keeps, tells. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void headsAreToldFromAsManyTokensByTheirSize(boolean exchanged) {
    float[] values = new float[4 * 4 * 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(3 * i + 1);
    }
    Tensor normed = Tensor.ofFloats(Shape.of(4, 4, 2), values);
    // A quarter turn.
    float[] turned = values.clone();
    for (int i = 0; i < turned.length; i += 2) {
      turned[i] = -values[i + 1];
      turned[i + 1] = values[i];
    }
    Tensor tokensFirst = Tensor.ofFloats(Shape.of(1, 4, 4, 2), turned);
    Tensor planned = exchanged(tokensFirst);
    Map<String, Tensor> file = new LinkedHashMap<>();
    file.put("input_ln", Tensor.ofFloats(Shape.of(4, 3), new float[12]));
    file.put("q_norm", normed);
    file.put("q_rope", (exchanged ? tokensFirst : planned).reshape(Shape.of(4, 4, 2)));
    Capture found = CaptureAssembly.of(Dumps.of(source("a", file)), Optional.empty(), 1);
    assertSame(planned, found.system("a").get(LAYER + "q_rope"), "q_rope");
  }

  /** Attention of some rows of a prompt cannot be computed from keys of these rows alone. */
  @Test
  void attentionOfASampleIsNotComputed() {
    Map<String, Tensor> inputs = inputs();
    Dumps all =
        new Dumps(source("a", plain(a, Heads.TOKENS_FIRST)), source("in", inputs), List.of());
    assertInstanceOf(Ready.class, attention(all));
    inputs.put("rows", Tensor.ofLongs(Shape.of(2), 0, 5));
    Dumps some =
        new Dumps(source("a", plain(a, Heads.TOKENS_FIRST)), source("in", inputs), List.of());
    assertEquals(Gap.Other.QUERIES_OR_KEYS, ((Lacking) attention(some)).gap());
  }

  private static CapturedStage attention(Dumps dumps) {
    Capture capture = CaptureAssembly.of(dumps, Optional.empty(), 1);
    return new StageBinder(capture, new Workers(1)).bind(capture.system("a"), LAYER + "attn_out");
  }

  @Test
  void twoWeightsOfOneStageAreRefused() {
    Map<String, Tensor> weights = weights(w -> w);
    weights.put("w.q_proj", weights.get("model.layers.0.self_attn.o_proj.weight"));
    BadInputException e =
        assertThrows(
            BadInputException.class,
            () ->
                Capture.of(
                    new Dumps(
                        source("a", plain(a, Heads.AS_PLANNED)), List.of(), source("w", weights)),
                    Optional.empty()));
    assertTrue(e.getMessage().contains("another weight of layers.0.q_proj"), e.getMessage());
  }
}
