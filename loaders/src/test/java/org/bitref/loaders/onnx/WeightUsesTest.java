package org.bitref.loaders.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bitref.loaders.Sources;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Initializers that exporters numbered are called after the nodes that read them. */
class WeightUsesTest {
  private static final String LAYER = "/model/layers.0/";

  @TempDir private Path folder;

  private static Proto node(String operation, String name, List<String> inputs, String output) {
    Proto node = new Proto();
    inputs.forEach(input -> node.text(1, input));
    return node.text(2, output).text(3, name).text(4, operation);
  }

  private static Proto weight(String name, long... dims) {
    long elements = 1;
    for (long dim : dims) {
      elements *= dim;
    }
    return Proto.tensor(name, 10, dims).bytes(9, new byte[Math.toIntExact(2 * elements)]);
  }

  private Map<String, String> names(List<Proto> nodes, Proto... weights) throws IOException {
    Proto graph = new Proto().text(2, "g");
    // A reader may rely on no order of the fields.
    for (Proto weight : weights) {
      graph.message(5, weight);
    }
    nodes.forEach(node -> graph.message(1, node));
    Path file = folder.resolve("m.onnx");
    Files.write(file, new Proto().number(1, 10).text(2, "test").message(7, graph).bytes());
    try (TensorSource source = Sources.open(file)) {
      return source.inGraph();
    }
  }

  @Test
  void nodesOfTorchScriptNameWhatTheyMultiply() throws IOException {
    String q = LAYER + "self_attn/q_proj/MatMul";
    String down = LAYER + "mlp/down_proj/";
    List<Proto> nodes =
        List.of(
            node("Mul", LAYER + "input_layernorm/Mul_1", List.of("onnx::Mul_1", "x"), "n"),
            node("MatMul", q, List.of("n", "onnx::MatMul_7"), q + "_output_0"),
            node("Cast", down + "Cast", List.of("t_3"), "cast"),
            node("Transpose", down + "Transpose", List.of("cast"), "turned"),
            node("Gemm", "", List.of("h", "turned"), down + "Gemm_output_0"));
    assertEquals(
        Map.of(
            "onnx::Mul_1", "model.layers.0.input_layernorm.weight",
            "onnx::MatMul_7", "model.layers.0.self_attn.q_proj.weight",
            "t_3", "model.layers.0.mlp.down_proj.weight"),
        names(
            nodes, weight("onnx::Mul_1", 4), weight("onnx::MatMul_7", 4, 4), weight("t_3", 2, 4)));
  }

  @Test
  void scopesOfTorchExportComeBeforeTheNodesName() throws IOException {
    Proto scopes =
        new Proto()
            .text(1, "pkg.torch.onnx.name_scopes")
            .text(2, "['', 'model', 'model.layers.3', 'model.layers.3.mlp.up_proj', 'linear_5']");
    Proto node = node("MatMul", "/a/node_linear_5", List.of("x", "val_6"), "linear_5");
    assertEquals(
        Map.of("val_6", "model.layers.3.mlp.up_proj.weight"),
        names(List.of(node.message(9, scopes)), weight("val_6", 4, 2)));
  }

  @Test
  void whatIsNoOneWeightHasNoName() throws IOException {
    List<Proto> nodes =
        List.of(
            node("MatMul", "/a/MatMul", List.of("x", "both"), "1"),
            node("MatMul", "/b/MatMul", List.of("x", "both"), "2"),
            node("MatMul", "/c/MatMul", List.of("x", "first"), "3"),
            node("MatMul", "/c/MatMul_1", List.of("x", "second"), "4"),
            node("MatMul", "/d/MatMul", List.of("left", "x"), "5"),
            node("Add", "/e/Add", List.of("x", "bias"), "6"),
            node("MatMul", "MatMul_7", List.of("x", "nameless"), "7"),
            node("DequantizeLinear", "/f/Q", List.of("quantised", "scale"), "8"),
            node("MatMul", "/f/MatMul", List.of("x", "8"), "9"),
            node("Cast", "/g/Cast", List.of("loop"), "loop"));
    assertEquals(
        Map.of(),
        names(
            nodes,
            weight("both", 2, 2),
            weight("first", 2, 2),
            weight("second", 2, 2),
            weight("left", 2, 2),
            weight("bias", 2),
            weight("nameless", 2, 2),
            weight("quantised", 2, 2),
            weight("scale", 2),
            weight("loop", 2, 2)));
  }
}
