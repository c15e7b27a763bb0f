package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import org.bitref.kernel.Workers;
import org.bitref.probe.function.FunctionDecoder;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionFinding.Difference;
import org.bitref.probe.function.FunctionFinding.Verdict;
import org.bitref.probe.function.FunctionInputs;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device whose table has one constant that is one off is told apart from an H100. */
class DamagedTableTest {
  private static final int FRACTION = 0x007fffff;

  private static Quadratic rcp(int segment, int column) throws IOException {
    StringBuilder text = new StringBuilder();
    try (InputStream in = SfuTables.class.getResourceAsStream(SfuTables.RESOURCE)) {
      int row = -1;
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (line.startsWith("table ")) {
          row = line.startsWith("table rcp ") ? segment : -1;
        } else if (row-- == 0) {
          String[] words = line.split(" ", -1);
          words[column] = Integer.toString(Integer.parseInt(words[column]) + 1);
          line = String.join(" ", words);
        }
        text.append(line).append('\n');
      }
    }
    return SfuTables.read(new StringReader(text.toString())).get("rcp");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void oneConstantThatIsOneOffIsSeen(int column) throws IOException {
    int segment = 77;
    Quadratic damaged = rcp(segment, column);
    FunctionSetup setup = new FunctionSetup(DType.F32, 1, 2, 0);
    Tensor x = new FunctionInputs(setup).x(SpecialFunction.RCP);
    TensorBuilder y = new TensorBuilder(DType.F32, x.shape());
    int changed = 0;
    for (long i = 0; i < x.elements(); i++) {
      float right = Sfu.rcp((float) x.get(i));
      int bits = (int) x.bits(i);
      boolean normal = Float.isFinite(right) && Math.abs(right) >= Float.MIN_NORMAL;
      int exponent = 252 - ((bits >>> 23) & 255);
      float wrong =
          normal
              ? Float.intBitsToFloat(
                  (bits & 0x80000000) | ((exponent << 23) + (int) damaged.at(bits & FRACTION)))
              : right;
      changed += Float.compare(right, wrong) == 0 ? 0 : 1;
      y.set(i, wrong);
    }
    assertTrue(changed > 0, "the points asked do not show it");
    try (Workers workers = new Workers(1)) {
      FunctionFinding finding = FunctionDecoder.decode(setup, "rcp", y.build(), workers);
      assertEquals(Verdict.DIFFERS, finding.verdict());
      Difference difference = finding.differences().getFirst();
      assertEquals("rcp.approx.ftz.f32", difference.from());
      assertEquals(changed, difference.unequal());
      assertTrue(difference.worstUlp() <= 8, difference.toString());
    }
  }
}
