package org.bitref.cli.identify;

import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that name the tensors of a captured product. */
public final class ProductOptions {
  @Option(names = "--x", required = true, paramLabel = "X", description = "Tensor [.., M, K].")
  String x;

  @Option(names = "--w", required = true, paramLabel = "W", description = "Tensor [N, K].")
  String w;

  @Option(names = "--y", required = true, paramLabel = "Y", description = "Tensor [.., M, N].")
  String y;

  @Option(names = "--transpose-w", description = "W is stored as [K, N], as in an ONNX MatMul.")
  boolean transposeW;

  @Option(
      names = "--c",
      paramLabel = "C",
      description = "Tensor [.., M, N] that the accumulators started with.")
  Optional<String> c = Optional.empty();

  @Option(names = "--bias", paramLabel = "B", description = "Tensor [N] that was added.")
  Optional<String> bias = Optional.empty();

  @Option(
      names = "--rows",
      paramLabel = "R",
      description = "Tensor [M]: which rows of the full product were captured.")
  Optional<String> rows = Optional.empty();

  @Option(
      names = "--cols",
      paramLabel = "C",
      description = "Tensor [N]: which columns of the full product were captured.")
  Optional<String> columns = Optional.empty();

  /** The name of the result. */
  public String y() {
    return y;
  }
}
