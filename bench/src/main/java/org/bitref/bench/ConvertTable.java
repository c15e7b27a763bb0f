package org.bitref.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** BF16 weights in a mapped file made float32, beside a copy of the same bytes. */
public final class ConvertTable {
  private static final int ELEMENTS = 1 << 27;
  private static final int BLOCK = 1 << 16;
  private static final int WARMUPS = 3;
  private static final int ROUNDS = 9;

  private final Tensor weights;
  private final Workers workers;
  private final float[] floats = new float[ELEMENTS];
  private final MemorySegment target = MemorySegment.ofArray(floats);

  private ConvertTable(Tensor weights, Workers workers) {
    this.weights = weights;
    this.workers = workers;
  }

  /** Prints the table. */
  public static void main(String[] args) throws IOException {
    Path file = Settings.WORK.resolve("weights-bf16.safetensors");
    if (!Files.exists(file)) {
      Tensor made = Tensor.ofShorts(DType.BF16, Shape.of(ELEMENTS), bits());
      SafetensorsWriter.write(file, Map.of(), List.of(TensorEntry.of("w", made)), true);
    }
    System.out.println(
        "GB/s of bytes read and bytes written; of bytes read alone where the target is a block\n");
    System.out.println("| %s MiB of BF16 | best | median |".formatted(ELEMENTS >> 19));
    System.out.println("|---|---:|---:|");
    try (TensorSource source = SafetensorsFile.open(file);
        Workers workers = new Workers(Settings.read().threads())) {
      new ConvertTable(source.read("w"), workers).race();
    }
  }

  private static short[] bits() {
    short[] bits = new short[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      bits[i] = (short) (0x3c00 + i * 31 % 0x200);
    }
    return bits;
  }

  private void race() {
    Times[] times = {new Times(), new Times(), new Times(), new Times()};
    for (int round = 0; round < WARMUPS + ROUNDS; round++) {
      boolean counts = round >= WARMUPS;
      (counts ? times[0] : new Times()).take(this::copy);
      (counts ? times[1] : new Times()).take(this::convert);
      (counts ? times[2] : new Times()).take(this::copyBlocks);
      (counts ? times[3] : new Times()).take(this::convertBlocks);
    }
    check();
    print("plain copy to memory", 4, times[0]);
    print("converted to memory", 6, times[1]);
    print("plain copy to a block in the cache", 2, times[2]);
    print("converted to a block in the cache, as the kernels do", 2, times[3]);
  }

  private void copy() {
    workers.forEach(
        ELEMENTS / BLOCK,
        16,
        (from, to) -> {
          long at = 2L * from * BLOCK;
          MemorySegment.copy(weights.data(), at, target, at, 2L * (to - from) * BLOCK);
        });
  }

  private void convert() {
    workers.forEach(
        ELEMENTS / BLOCK,
        16,
        (from, to) -> weights.read((long) from * BLOCK, floats, from * BLOCK, (to - from) * BLOCK));
  }

  private void copyBlocks() {
    workers.forEach(
        ELEMENTS / BLOCK,
        256,
        (from, to) -> {
          MemorySegment block = MemorySegment.ofArray(new short[BLOCK]);
          for (int i = from; i < to; i++) {
            MemorySegment.copy(weights.data(), 2L * i * BLOCK, block, 0, 2L * BLOCK);
          }
        });
  }

  private void convertBlocks() {
    workers.forEach(
        ELEMENTS / BLOCK,
        256,
        (from, to) -> {
          float[] block = new float[BLOCK];
          for (int i = from; i < to; i++) {
            weights.read((long) i * BLOCK, block, 0, BLOCK);
          }
        });
  }

  /** A BF16 number is the upper half of the float32 number of the same value. */
  private void check() {
    convert();
    for (int i = 0; i < ELEMENTS; i++) {
      if (Float.floatToRawIntBits(floats[i]) != (int) (weights.bits(i) << 16)) {
        throw new IllegalStateException("element " + i + " is converted to " + floats[i]);
      }
    }
  }

  private static void print(String title, int bytes, Times times) {
    double moved = (double) bytes * ELEMENTS / 1e9;
    System.out.printf(
        Locale.ROOT, "| %s | %.1f | %.1f |%n", title, moved / times.best(), moved / times.median());
  }
}
