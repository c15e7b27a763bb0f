package org.bitref.cli.identify;

import picocli.CommandLine.Option;

/** The options that name the tensors of a captured product. */
public final class ProductOptions {
  @Option(names = "--x", required = true, paramLabel = "X", description = "Tensor [.., M, K].")
  private String x;

  @Option(names = "--w", required = true, paramLabel = "W", description = "Tensor [N, K].")
  private String w;

  @Option(names = "--y", required = true, paramLabel = "Y", description = "Tensor [.., M, N].")
  private String y;

  @Option(
      names = "--c",
      paramLabel = "C",
      description = "Tensor [.., M, N] that the accumulators started with.")
  private String c;

  @Option(names = "--bias", paramLabel = "B", description = "Tensor [N] that was added.")
  private String bias;

  @Option(
      names = "--rows",
      paramLabel = "R",
      description = "Tensor [M]: which rows of the full product were captured.")
  private String rows;

  @Option(
      names = "--cols",
      paramLabel = "C",
      description = "Tensor [N]: which columns of the full product were captured.")
  private String columns;

  String x() {
    return x;
  }

  String w() {
    return w;
  }

  /** The name of the result. */
  public String y() {
    return y;
  }

  /** Null if there is none. */
  String c() {
    return c;
  }

  /** Null if there is none. */
  String bias() {
    return bias;
  }

  /** Null if they were all captured. */
  String rows() {
    return rows;
  }

  /** Null if they were all captured. */
  String columns() {
    return columns;
  }
}
