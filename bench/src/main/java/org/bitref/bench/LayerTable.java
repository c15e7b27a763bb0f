package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Layers of 8B geometry under three recipes, each in a JVM of its own. */
public final class LayerTable {
  private static final List<String> RECIPES =
      List.of("hf-f32", "tensorrt-10.6-strong", "hf-cuda-f16-eager");

  private LayerTable() {}

  /** Prints the table. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Settings settings = Settings.read();
    Path folder = Prefill.checkpoint(settings.tokens());
    System.out.printf(
        "S = %d, %d layers in one run; seconds%n%n", settings.tokens(), settings.layers());
    System.out.println(
        "| recipe | first layer | best | median | products of best | attention of best | attention"
            + " :"
            + " products | products, GMAC/s | %s layers | anonymous memory | with mapped files |"
                .formatted(LayerRun.ALL));
    System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (String recipe : RECIPES) {
      System.out.print(Child.java(LayerRun.class, folder.toString(), recipe));
    }
  }
}
