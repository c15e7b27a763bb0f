package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The table of what the presets reproduce, in {@code reference-model/docs/reproduced.md}. With
 * {@code -Dbitref.reproduced=write} it is written instead of compared.
 */
class ReproducedTest {
  private static final Path TABLE = Path.of("..", "reference-model", "docs", "reproduced.md");

  private static final String INTRODUCTION =
      """
      # What the recipes reproduce

      Every stage is computed from the captured inputs of that stage and compared with the captured \
      result bit for bit (NaN with NaN). Written by `ReproducedTest`:
      `mvn -pl loaders -am test -Dbitref.captures=DIR -Dbitref.vectors=DIR \
      -Dbitref.reproduced=write -Dtest=ReproducedTest -Dsurefire.failIfNoSpecifiedTests=false`.
      """;

  @Test
  void theDocumentIsWhatTheCapturesShow() throws IOException {
    StringBuilder text = new StringBuilder(INTRODUCTION);
    section(
        text,
        "Layer 0 of an 8B model, 3006 tokens, 60 of them captured",
        "ONNX Runtime goes on with values that it did not round: \"from stored inputs\" is what"
            + " rounded stages make of it, \"then\" what it does itself. The stage post_attn_ln is"
            + " missing because its input was captured only in part.",
        Layer0.all());
    section(
        text,
        "Forward passes of transformers on a small checkpoint, 112 tokens",
        "One row for all layers. The attention of the sdpa capture is not eager.",
        HfStages.all());
    section(
        text,
        "PyTorch's operations on an H100",
        "Functions over all 65,536 patterns; norms of N elements, step by step; softmax rows.",
        Elementwise.all());
    section(
        text,
        "Attention over 3006 tokens on an H100",
        "60 queries of two heads.",
        joined(List.of(EagerAttention.all(), RowAttention.causal(), TiledAttention.causal())));
    section(
        text,
        "Attention over 333, 1024 and 3006 tokens on an H200",
        "30 queries of two of 32 heads; sdpa_default is what scaled_dot_product_attention takes by"
            + " itself.",
        joined(List.of(EagerAttention.lengths(), TiledAttention.lengths())));
    section(
        text,
        "Fused attention over 77 and 512 tokens on an H100",
        "Two heads of 64 and 128 elements, every query seeing every key; TensorRT's engines are"
            + " named after the place of the scale in their graphs.",
        joined(List.of(RowAttention.full(), TiledAttention.full())));
    section(
        text,
        "Single matrix instructions of an H100",
        "Every output of every tile, signs of zero and NaN patterns included.",
        TensorCores.all());
    text.append(dotProducts());
    section(
        text,
        "Products of cuBLAS on an H100",
        "Sampled outputs; the whole K. The shapes are in the metadata of the captures.",
        Products.all("cublas-h100", Products.cublas()));
    section(
        text,
        "Products of cuBLAS at many sizes on an H200",
        "One row for all sizes of a file and mode, each product under the recipe that the table"
            + " chooses. In accum16 some kernels split K for the tiles of their last wave alone,"
            + " which no recipe says: the products that are not whole are theirs.",
        CublasShapes.all());
    section(
        text,
        "Products of cublasLt on an H100",
        "Every distinct result of its heuristics and of forced splits. Two more, which the"
            + " capture's metadata calls wrong, are no products.",
        CublasLt.all());
    section(
        text,
        "Products of TensorRT on an H100",
        "Sampled outputs; the whole K.",
        Products.all("tensorrt-gemm-h100", Products.tensorrt()));
    if (System.getProperty("bitref.reproduced", "").equals("write")) {
      Files.writeString(TABLE, text);
    }
    assertEquals(Files.readString(TABLE), text.toString());
  }

  /** From the vectors; without them, as the document has it. */
  private static String dotProducts() throws IOException {
    String title = "Single dot products of eight GPUs";
    if (Captures.hasVectors()) {
      StringBuilder section = new StringBuilder();
      section(
          section,
          title,
          "\"From zero\" are sets whose captured results do not have the accumulator in them.",
          DotVectors.all());
      return section.toString();
    }
    String document = Files.readString(TABLE);
    int from = document.indexOf("\n## " + title);
    return from < 0 ? "" : document.substring(from, document.indexOf("\n## ", from + 1));
  }

  private static List<Reproduced> joined(List<List<Reproduced>> lists) {
    return lists.stream().flatMap(List::stream).toList();
  }

  private static void section(
      StringBuilder text, String title, String note, List<Reproduced> rows) {
    text.append("\n## ").append(title).append("\n\n").append(note).append("\n\n");
    text.append("| system | stage | recipe | equal / total |\n|---|---|---|---|\n");
    rows.forEach(row -> text.append(row.line()));
  }
}
