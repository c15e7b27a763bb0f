package org.bitref.cli.probe;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.cli.console.JsonFile;
import org.bitref.kernel.Workers;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.Strided;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.json.JsonObject;
import org.bitref.loaders.onnx.OnnxGraph;
import org.bitref.probe.Decoded;
import org.bitref.probe.Probe;
import org.bitref.probe.ProbeDecoder;
import org.bitref.probe.ProbeSetup;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * A matrix product.
 *
 * @param weights file and tensor of given weights, {@code FILE:NAME}; empty if they are free
 * @param biasName tensor of a given bias in the same file
 */
record ProductQuestion(ProbeSetup setup, Optional<String> weights, Optional<String> biasName)
    implements Question {
  static final String SCHEMA = "bitref.probe-manifest/1";

  /** A product: names of tensors in the inputs. */
  private record Call(String name, String x, String w, Optional<String> bias) {}

  /** Weights and bias of an engine. */
  private record Given(Tensor w, Optional<Tensor> bias) {}

  /**
   * What a manifest asks.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  static ProductQuestion of(JsonObject manifest) {
    ProbeSetup setup =
        new ProbeSetup(
            JsonFile.number(manifest, "m"),
            JsonFile.number(manifest, "k"),
            JsonFile.number(manifest, "n"),
            DType.valueOf(JsonFile.text(manifest, "input_dtype")),
            DType.valueOf(JsonFile.text(manifest, "output_dtype")),
            ProbeSetup.Mode.valueOf(JsonFile.text(manifest, "mode").toUpperCase(Locale.ROOT)),
            manifest.bool("bias").orElse(false),
            manifest.wholeNumber("round").orElse(0),
            manifest.number("seed").orElse(0.0).longValue(),
            JsonFile.text(manifest, "recipes").lines().map(GemmRecipe::parse).toList());
    return new ProductQuestion(setup, manifest.string("weights"), manifest.string("bias_name"));
  }

  @Override
  public Map<String, Object> manifest() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("schema", SCHEMA);
    json.put("m", setup.m());
    json.put("k", setup.k());
    json.put("n", setup.n());
    json.put("input_dtype", setup.in());
    json.put("output_dtype", setup.out());
    json.put("mode", setup.mode().name().toLowerCase(Locale.ROOT));
    json.put("bias", setup.bias());
    json.put("round", setup.round());
    json.put("seed", setup.seed());
    json.put(
        "recipes",
        setup.candidates().stream().map(GemmRecipe::text).collect(Collectors.joining("\n")));
    json.put("weights", weights);
    json.put("bias_name", biasName);
    return json;
  }

  @Override
  public String shape() {
    return setup.m() + "x" + setup.k() + "x" + setup.n();
  }

  @Override
  public Content content() {
    Optional<Given> given = given();
    IdentityHashMap<Tensor, String> names = new IdentityHashMap<>();
    List<TensorEntry> entries = new ArrayList<>();
    List<Call> calls = new ArrayList<>();
    for (Probe.Call call : probe(given).calls()) {
      calls.add(
          new Call(
              call.name(),
              name(call.x(), "x." + call.name(), names, entries),
              name(call.w(), "w." + call.name(), names, entries),
              call.bias().map(bias -> name(bias, "bias." + call.name(), names, entries))));
    }
    return new Content(entries, Optional.of(calls), model(given));
  }

  private static String name(
      Tensor tensor,
      String wanted,
      IdentityHashMap<Tensor, String> names,
      List<TensorEntry> entries) {
    return names.computeIfAbsent(
        tensor,
        t -> {
          entries.add(TensorEntry.of(wanted, t));
          return wanted;
        });
  }

  private Probe probe(Optional<Given> given) {
    return given
        .map(engine -> Probe.ofWeights(setup, engine.w, engine.bias))
        .orElseGet(() -> Probe.free(setup));
  }

  /** Weights and bias, read into memory. */
  private Optional<Given> given() {
    if (weights.isEmpty()) {
      return Optional.empty();
    }
    String file = weights.get();
    int colon = file.lastIndexOf(':');
    if (colon < 1) {
      throw new BadInputException("--weights", "is not FILE:NAME", "Name a file and a tensor.");
    }
    try (TensorSource source = Sources.open(Path.of(file.substring(0, colon)))) {
      Tensor w = copy(source.read(file.substring(colon + 1)));
      if (w.dtype() != setup.in()) {
        throw new BadInputException(
            file, "has dtype " + w.dtype(), "Pass --dtype " + w.dtype() + ".");
      }
      return Optional.of(new Given(w, biasName.map(name -> copy(source.read(name)))));
    }
  }

  private static Tensor copy(Tensor tensor) {
    byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
    return new Tensor(tensor.dtype(), tensor.shape(), MemorySegment.ofArray(bytes));
  }

  /**
   * The ONNX model: y = x · wt (+ bias), where wt [K, N] is an input if the weights are free and an
   * initializer if they are given.
   */
  private byte[] model(Optional<Given> given) {
    if (given.isPresent() && given.get().w.data().byteSize() > 1L << 30) {
      throw new BadInputException(
          "the weights", "are too large for one ONNX file", "Probe a smaller product.");
    }
    OnnxGraph graph = new OnnxGraph();
    graph.node("MatMul", List.of("x", "wt"), setup.bias() ? "sum" : "y");
    if (setup.bias()) {
      graph.node("Add", List.of("sum", "bias"), "y");
    }
    Strided columns = new Strided(0, new long[] {setup.k(), setup.n()}, new long[] {1, setup.k()});
    given.ifPresent(
        engine ->
            graph.constant("wt", columns.of("the weights", engine.w.dtype(), engine.w.data())));
    if (given.isPresent() && setup.bias()) {
      Tensor bias = given.get().bias.orElseThrow();
      graph.constant("bias", new Tensor(setup.out(), Shape.of(setup.n()), bias.data()));
    }
    graph.input("x", setup.in(), setup.m(), setup.k());
    if (given.isEmpty()) {
      graph.input("wt", setup.in(), setup.k(), setup.n());
      if (setup.bias()) {
        graph.input("bias", setup.out(), setup.n());
      }
    }
    return graph.output("y", setup.out(), setup.m(), setup.n()).model("probe");
  }

  @Override
  public Answer decode(Outputs outputs, Workers workers) {
    Probe probe = probe(given());
    Shape shape = Shape.of(setup.m(), setup.n());
    List<Decoded> decoded =
        ProbeDecoder.decode(
            probe,
            probe.calls().stream()
                .map(call -> outputs.result(call.name(), setup.out(), shape))
                .toList());
    Decoded first = decoded.getFirst();
    if (!decoded.stream().allMatch(Decoded::isDecoded)) {
      return new Answer(DecodeReport.Product.of(decoded), List.of(), () -> next(first.recipes()));
    }
    Decided one = new Decided("", first.recipes().getFirst().text(), first.confirmed());
    return new Answer(DecodeReport.Product.of(decoded), List.of(one), Optional::empty);
  }

  private Optional<ProductQuestion> next(List<GemmRecipe> left) {
    return setup.round() + 1 < ProbeSetup.ROUNDS
        ? Optional.of(new ProductQuestion(setup.next(left), weights, biasName))
        : Optional.empty();
  }
}
