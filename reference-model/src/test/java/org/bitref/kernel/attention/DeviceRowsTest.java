package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.bitref.kernel.row.RowSum;
import org.bitref.kernel.row.Rows;
import org.bitref.numerics.Format;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.recipe.SumOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of many lengths and alignments, reduced by PyTorch on an H100. */
final class DeviceRowsTest {
  /** One row; {@code provenance.txt} beside the file tells what is what. */
  private record Case(int kind, int rows, int row, double[] x, int[] at, float[] results) {
    static Case read(IntBuffer words) {
      int kind = words.get();
      int rows = words.get();
      double[] x = new double[words.get()];
      int row = words.get();
      int[] at = new int[words.get()];
      float[] results = new float[at.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = Float.intBitsToFloat(words.get());
      }
      for (int i = 0; i < at.length; i++) {
        at[i] = words.get();
        results[i] = Float.intBitsToFloat(words.get());
      }
      return new Case(kind, rows, row, x, at, results);
    }

    String name() {
      return "kind " + kind + ", " + rows + " rows of " + x.length + ", row " + row;
    }
  }

  private static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    try (InputStream file = DeviceRowsTest.class.getResourceAsStream("h100-rows.bin.gz");
        InputStream in = new GZIPInputStream(file)) {
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      IntBuffer words = bytes.asIntBuffer();
      while (words.hasRemaining()) {
        cases.add(Case.read(words));
      }
    }
    return cases;
  }

  @Test
  void meansFollowTheShapeOfTheMatrix() throws IOException {
    int seen = 0;
    for (Case c : cases()) {
      if (c.kind == 0) {
        RowSum sum = RowSum.in(new SumOrder.TorchCuda(), Format.F32, c.rows);
        float mean = (float) sum.of(c.x, c.x.length, c.row) * (1f / c.x.length);
        Rows.assertSame(c.results[0], mean, c.name());
        seen++;
      }
    }
    assertEquals(30, seen);
  }

  @Test
  void softmaxFollowsTheLengthAndTheFormat() throws IOException {
    int seen = 0;
    for (Case c : cases()) {
      if (c.kind != 0) {
        String input = c.kind == 1 ? "f16" : "f32";
        String text = "softmax(exp=cuda,sum=torchsoftmax(" + input + "),out=f32)";
        SoftmaxKernel kernel = new SoftmaxKernel(Rows.recipe(SoftmaxRecipe.class, text));
        double[] row = c.x.clone();
        kernel.apply(row, row.length, row.length, kernel.sum(c.rows), c.row);
        for (int i = 0; i < c.at.length; i++) {
          Rows.assertSame(c.results[i], row[c.at[i]], c.name() + " element " + c.at[i]);
        }
        seen++;
      }
    }
    assertEquals(13, seen);
  }

  /**
   * 12,256 floats and the warps' sums are all the shared memory of a block, and the row must be
   * shorter: its last 4064 terms, no whole round of vectors, go one to a lane.
   */
  @Test
  void aRowThatFillsSharedMemoryIsNotKeptThere() {
    int n = 12256;
    float[] terms = Rows.wide(new Random(n), n, 4);
    double[] row = new double[n];
    double[] dealt = new double[12288];
    for (int i = 0; i < n; i++) {
      int rest = i - 8192;
      row[i] = terms[i];
      dealt[rest < 0 ? i : 8192 + rest % 1024 * 4 + rest / 1024] = terms[i];
    }
    RowSum lanes = sum("lanes(1024,vec=4,group=32)", 5);
    double expected = lanes.of(dealt, dealt.length, 0);
    Rows.assertSame(expected, sum("torchsoftmax(f32)", 5).of(row, n, 0), "12256 terms");
    assertNotEquals(expected, lanes.of(row, n, 0));
  }

  /** The examples of {@link SumOrder.TorchCuda} and {@link SumOrder.TorchSoftmax}. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          torchcuda         ; 24 ; 128  ; lanes(32,vec=4,acc=4)
          torchcuda         ; 24 ; 5120 ; lanes(32,vec=4,acc=4)
          torchcuda         ; 24 ; 8192 ; lanes(512,vec=4,acc=4,group=32)
          torchcuda         ; 1  ; 8192 ; lanes(512,vec=4,acc=4)
          torchcuda         ; 16 ; 64   ; lanes(32,acc=4)
          torchsoftmax(f16) ; 5  ; 1024 ; lanes(32)
          torchsoftmax(f32) ; 5  ; 2048 ; lanes(32)
          torchsoftmax(f32) ; 5  ; 4096 ; lanes(1024,group=32)
          torchsoftmax(f16) ; 5  ; 4096 ; lanes(1024,vec=8,group=32)
          torchsoftmax(f32) ; 5  ; 9344 ; lanes(1024,vec=4,group=32)
          torchsoftmax(f32) ; 5  ; 12252 ; lanes(1024,vec=4,group=32)
          """)
  void someShapesAreLanes(String order, int rows, int n, String lanes) {
    float[] floats = Rows.wide(new Random(n), n, 4);
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = floats[i];
    }
    double expected = sum(lanes, rows).of(x, n, 0);
    Rows.assertSame(expected, sum(order, rows).of(x, n, 0), order);
    assertNotEquals(expected, sum("seq", rows).of(x, n, 0));
  }

  private static RowSum sum(String order, int rows) {
    String text = "softmax(sum=" + order + ",out=f32)";
    return new SoftmaxKernel(Rows.recipe(SoftmaxRecipe.class, text)).sum(rows);
  }
}
