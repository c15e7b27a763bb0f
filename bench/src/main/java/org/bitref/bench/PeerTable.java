package org.bitref.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Float32 products of a mapped file's weights, the contestants in turn in one JVM. */
public final class PeerTable {
  private static final int DEPTH = 4096;
  private static final List<Integer> COLUMNS = List.of(4096, 12288);
  private static final int WARMUPS = 3;
  private static final int ROUNDS = 7;

  /** Threads of a pool may spin for a while after their work is done. */
  private static final long PAUSE_MILLIS = 250;

  private static final List<String> PEERS = List.of("OpenBlas", "Mkl", "OnnxRuntime", "LibTorch");

  /** Elements of every result that are checked. */
  private static final int SAMPLES = 100;

  private PeerTable() {}

  /** This project's float32 FMA chain, in the place of a peer. */
  private static final class Ours implements Peer {
    private final Product product;
    private final GemmKernel kernel = Kernels.gemm(Kind.FP32.recipe());
    private final Workers workers;
    private Tensor y;

    Ours(Product product) {
      this.product = product;
      this.workers = new Workers(product.threads());
    }

    @Override
    public String title() {
      return "bitref";
    }

    @Override
    public void multiply() {
      y = kernel.multiply(product.x(), product.w(), GemmOperands.NONE, workers);
    }

    @Override
    public FloatBuffer result() {
      return FloatBuffer.wrap(y.toFloats());
    }

    @Override
    public void close() {
      workers.close();
    }
  }

  /** What makes all libraries use the same threads, and OpenBLAS its newest kernel. */
  static Map<String, String> environment(int threads) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String name : List.of("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")) {
      environment.put(name, Integer.toString(threads));
    }
    if (Machine.hasAvx512()) {
      environment.put("OPENBLAS_CORETYPE", "SKYLAKEX");
    }
    environment.put("DJL_CACHE_DIR", Settings.WORK.resolve("djl").toString());
    return environment;
  }

  /** Prints the table. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Settings settings = Settings.read();
    System.setProperty(
        "org.bytedeco.javacpp.cachedir", Settings.WORK.resolve("javacpp").toString());
    Path file = Settings.WORK.resolve("weights-f32.safetensors");
    if (!Files.exists(file)) {
      Tensor w = Matrices.of(DType.F32, 1, COLUMNS.getLast(), DEPTH).w();
      SafetensorsWriter.write(file, Map.of(), List.of(TensorEntry.of("w", w)), true);
    }
    System.out.println("| x · wᵀ, w mapped; GMAC/s | best | median | ours : it | of peak |");
    System.out.println("|---|---:|---:|---:|---:|");
    try (TensorSource weights = SafetensorsFile.open(file);
        Arena arena = Arena.ofShared()) {
      Tensor heap = Matrices.of(DType.F32, settings.rows(), 1, DEPTH).x();
      MemorySegment direct = arena.allocate(heap.data().byteSize(), 64).copyFrom(heap.data());
      Tensor x = new Tensor(DType.F32, heap.shape(), direct);
      long offset = weights.tensors().get("w").offset();
      for (int columns : COLUMNS) {
        Tensor w = weights.read("w").rows(0, columns);
        compare(new Product(x, w, file, offset, settings.threads()));
      }
    }
  }

  private static void compare(Product product) throws InterruptedException {
    System.out.printf(
        "| **%d x %d x %d** | | | | |%n", product.rows(), product.columns(), product.depth());
    Map<Peer, Times> times = new LinkedHashMap<>();
    Peer ours = new Ours(product);
    times.put(ours, new Times());
    List<String> absent = new ArrayList<>();
    for (String name : PEERS) {
      try {
        times.put(load(name, product), new Times());
      } catch (IllegalStateException e) {
        absent.add("| " + name + ": not run, " + e.getMessage() + " | | | | |");
      }
    }
    Times peak = race(times, product.threads());
    double fmas = (double) product.rows() * product.columns() * product.depth();
    double limit = PeakBenchmark.work(product.threads()) / peak.best();
    print(
        "peak of float32 FMA", limit, PeakBenchmark.work(product.threads()) / peak.median(), "", 1);
    double best = fmas / times.get(ours).best();
    times.forEach(
        (peer, taken) -> {
          double its = fmas / taken.best();
          String wrong = problem(peer, product);
          print(peer.title() + wrong, its, fmas / taken.median(), ratio(best / its), its / limit);
          peer.close();
        });
    absent.forEach(System.out::println);
  }

  /** Everybody in turn, the peak before each. */
  private static Times race(Map<Peer, Times> times, int threads) throws InterruptedException {
    PeakBenchmark peak = new PeakBenchmark();
    peak.threads = threads;
    peak.prepare();
    Times tops = new Times();
    for (int round = 0; round < WARMUPS + ROUNDS; round++) {
      boolean counts = round >= WARMUPS;
      for (Map.Entry<Peer, Times> entry : times.entrySet()) {
        Thread.sleep(PAUSE_MILLIS);
        (counts ? tops : new Times()).take(peak::tiles);
        (counts ? entry.getValue() : new Times()).take(entry.getKey()::multiply);
      }
    }
    peak.release();
    return tops;
  }

  /**
   * Compares with a float64 sum. K float32 products added in any order miss the true sum by at most
   * γ Σ|x w| with γ = K u / (1 − K u) and u = 2⁻²⁴; that of the float64 sum is 2⁻²⁹ of this, well
   * inside of what doubling allows. This project's own sums must be those of the FMA chain, bit for
   * bit.
   *
   * @return empty, or what to add to the contestant's name
   */
  private static String problem(Peer peer, Product product) {
    FloatBuffer x = Product.buffer(product.x());
    FloatBuffer w = Product.buffer(product.w());
    FloatBuffer y = peer.result();
    int depth = product.depth();
    double gamma = depth * 0x1p-24 / (1 - depth * 0x1p-24);
    for (int i = 0; i < SAMPLES; i++) {
      int row = (int) ((long) i * (product.rows() - 1) / (SAMPLES - 1));
      int column = (int) ((long) i * 7919 % product.columns());
      double sum = 0;
      double size = 0;
      float chain = 0;
      for (int k = 0; k < depth; k++) {
        float a = x.get(row * depth + k);
        float b = w.get(column * depth + k);
        sum += (double) a * b;
        size += Math.abs((double) a * b);
        chain = Math.fma(a, b, chain);
      }
      float found = y.get(row * product.columns() + column);
      boolean right =
          peer instanceof Ours ? found == chain : Math.abs(found - sum) <= 2 * gamma * size;
      if (!right) {
        return " WRONG at row " + row + ", column " + column;
      }
    }
    return "";
  }

  private static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }

  private static void print(String title, double best, double median, String ratio, double ofPeak) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %s | %.0f %% |%n",
        title,
        best / 1e9,
        median / 1e9,
        ratio,
        100 * ofPeak);
  }

  private static Peer load(String name, Product product) {
    try {
      Class<?> type = Class.forName("org.bitref.bench.peer." + name);
      return (Peer) type.getConstructor(Product.class).newInstance(product);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("not on the class path: add the profile peers", e);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(firstLine(e.getCause()), e);
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new IllegalStateException(firstLine(e), e);
    }
  }

  private static String firstLine(Throwable e) {
    return e.toString().lines().findFirst().orElse("").replace('|', '/');
  }
}
