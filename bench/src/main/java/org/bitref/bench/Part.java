package org.bitref.bench;

import java.util.Locale;

/** The parts of a run; each prints one table, in a process of its own. */
enum Part {
  GEMM("Kernels", GemmTable.class),
  PEERS("Float32 product beside other libraries", PeerTable.class),
  LAYER("Layers of 8B geometry", LayerTable.class),
  START("Whole processes", StartTable.class),
  CONVERT("Conversion of a mapped BF16 file to float32", ConvertTable.class),
  SWEEP("Growth of costs", SweepTable.class);

  private final String title;
  private final Class<?> table;

  Part(String title, Class<?> table) {
    this.title = title;
    this.table = table;
  }

  String title() {
    return title;
  }

  /** Its main method prints the table, as Markdown. */
  Class<?> table() {
    return table;
  }

  /** As in {@code -Dbench.only}. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
