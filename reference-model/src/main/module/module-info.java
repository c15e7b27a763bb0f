/**
 * Arithmetic of matrix products, norms, softmax and attention under recipes, the Qwen3-VL text
 * prefill, comparison, and the search for the recipe of a captured output. Reads no file.
 *
 * <p>Where {@code jdk.incubator.vector} is among the modules of the JVM ({@code --add-modules
 * jdk.incubator.vector}), kernels use it; results are the same bits without it.
 */
module org.bitref.reference {
  requires static java.management;
  requires static jdk.incubator.vector;
  requires static jdk.management;

  exports org.bitref;
  exports org.bitref.operation;
  exports org.bitref.bound;
  exports org.bitref.compare;
  exports org.bitref.compare.verdict;
  exports org.bitref.diagnose;
  exports org.bitref.explain;
  exports org.bitref.search;
  exports org.bitref.kernel;
  exports org.bitref.kernel.attention;
  exports org.bitref.kernel.blocked;
  exports org.bitref.kernel.row;
  exports org.bitref.kernel.spec;
  exports org.bitref.model;
  exports org.bitref.numerics;
  exports org.bitref.predict;
  exports org.bitref.probe;
  exports org.bitref.recipe;
  exports org.bitref.replay;
  exports org.bitref.functions;
  exports org.bitref.experiment;
  exports org.bitref.tensor;
}
