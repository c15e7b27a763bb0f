package org.bitref.loaders.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which module's weight an initializer is, by the nodes that read it: exporters number the weights
 * that they have transposed or cast ({@code onnx::MatMul_347}, {@code val_17}), and name the nodes.
 */
final class WeightUses {
  private static final int MATRIX = 2;
  private static final int VECTOR = 1;

  /** The numbers of a weight go through these, perhaps in another order or type. */
  private static final Set<String> PASSING = Set.of("Transpose", "Cast", "Identity");

  /** Operations whose second operand may be a weight, and its rank. */
  private static final Map<String, Integer> SECOND =
      Map.of(
          "MatMul", MATRIX,
          "Gemm", MATRIX,
          "Mul", VECTOR,
          "LayerNormalization", VECTOR,
          "RMSNormalization", VECTOR,
          "SimplifiedLayerNormalization", VECTOR);

  /** TorchScript's exporter: {@code /model/layers.0/self_attn/q_proj/MatMul}. */
  private static final Pattern PATH = Pattern.compile("/?(.+)/[^/]+");

  /** The last but one of torch.export's {@code ['', 'model', 'model.norm', 'mul_3']}. */
  private static final Pattern SCOPES = Pattern.compile(".*'([^']+)', *'[^']*'\\]");

  private static final String SCOPES_KEY = "pkg.torch.onnx.name_scopes";

  /** More nodes than any exporter puts between a weight and its product. */
  private static final int DEEPEST = 8;

  private final Map<String, List<Use>> uses = new HashMap<>();

  /** A node that reads a tensor as one of its operands. */
  private record Use(Node node, int operand) {
    boolean isWeight(int rank) {
      return SECOND.getOrDefault(node.operation, -1) == rank
          && (operand == 1 || node.operation.equals("Mul"));
    }
  }

  private record Node(String operation, List<String> outputs, Optional<String> module) {}

  /** Takes note of a NodeProto. */
  void add(ProtoReader in) {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, String> metadata = new HashMap<>();
    String name = "";
    String operation = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.text());
        case 2 -> outputs.add(in.text());
        case 3 -> name = in.text();
        case 4 -> operation = in.text();
        case 9 -> Initializer.entry(in.message(), metadata);
        default -> in.value();
      }
    }
    List<String> paths = new ArrayList<>(List.of(name));
    paths.addAll(outputs);
    Optional<String> module =
        first(SCOPES, List.of(metadata.getOrDefault(SCOPES_KEY, "")))
            .or(() -> first(PATH, paths).map(path -> path.replace('/', '.')));
    Node node = new Node(operation, outputs, module);
    for (int i = 0; i < inputs.size(); i++) {
      uses.computeIfAbsent(inputs.get(i), _ -> new ArrayList<>()).add(new Use(node, i));
    }
  }

  private static Optional<String> first(Pattern pattern, List<String> texts) {
    return texts.stream()
        .map(pattern::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .findFirst();
  }

  /**
   * The names of weights by those of the initializers: {@code model.norm.weight} of {@code val_9}.
   * Of a module with two, and of what two modules read, nothing is said.
   */
  Map<String, String> names(Set<String> initializers, ToIntFunction<String> rank) {
    Map<String, List<String>> ofModule = new HashMap<>();
    for (String initializer : initializers) {
      Set<String> modules = new TreeSet<>();
      collect(initializer, rank.applyAsInt(initializer), 0, modules);
      if (modules.size() == 1) {
        ofModule
            .computeIfAbsent(modules.iterator().next(), _ -> new ArrayList<>())
            .add(initializer);
      }
    }
    Map<String, String> names = new HashMap<>();
    ofModule.forEach(
        (module, of) -> {
          if (of.size() == 1) {
            names.put(of.getFirst(), module + ".weight");
          }
        });
    return names;
  }

  private void collect(String tensor, int rank, int depth, Set<String> modules) {
    for (Use use : uses.getOrDefault(tensor, List.of())) {
      if (use.isWeight(rank)) {
        use.node.module.ifPresent(modules::add);
      } else if (PASSING.contains(use.node.operation) && depth < DEEPEST) {
        use.node.outputs.forEach(output -> collect(output, rank, depth + 1, modules));
      }
    }
  }
}
