package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.Cli;
import org.bitref.explain.Overflow;
import org.bitref.explain.Overflow.Crossing;
import org.bitref.explain.Overflow.Held;
import org.bitref.explain.Overflow.Term;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.numerics.Format;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverflowWordsTest {
  @TempDir private Path temp;

  private static String words(Crossing crossing, Held held) {
    Overflow overflow =
        new Overflow(2, 37, 4, 5, Double.POSITIVE_INFINITY, 12_000, 300, crossing, held);
    return OverflowWords.of(DType.F16, overflow);
  }

  @Test
  void aPartialSumIsToldWithItsTerm() {
    assertEquals(
        "2 values are not finite though its inputs are: element 37 (token 4, channel 5) is Infinity"
            + " where 1.20e+04 is due (F16 holds up to 6.55e+04), from inputs up to 3.00e+02: the"
            + " exact result lies within that, but the sum so far passes what F16 holds at index 17"
            + " (3.00e+02 times 2.00e+02), where it is 7.00e+04; sums in float32 would hold it",
        words(
            new Crossing.PartialSum(Format.F16, new Term(17, 300, 200, 70_000)),
            new Held(List.of(), Optional.empty(), true)));
  }

  @Test
  void aWholeSumIsToldWithWhatHoldsIt() {
    String text =
        words(
            new Crossing.Result(Format.F16, List.of(), Optional.of(new Term(3, 100, 200, 7e4))),
            new Held(List.of(DType.BF16, DType.F32), Optional.of(0.25), false));
    assertTrue(
        text.endsWith(
            ": the exact result lies beyond what F16 holds, and the sum of its terms from index 3"
                + " on (1.00e+02 times 2.00e+02), where it is 7.00e+04; an output in BF16 or F32,"
                + " or a scale of 0.25 would hold it"),
        text);
  }

  @Test
  void otherOrdersScoresAndWhatIsNotKnown() {
    Held float32 = new Held(List.of(), Optional.empty(), true);
    String order = words(new Crossing.OtherOrder(Format.F16, 9e4, -8e4), float32);
    assertTrue(order.contains("terms above zero add up to 9.00e+04 and those below to"), order);
    String score =
        words(
            new Crossing.Score(Format.F16, 7, 9e4, 0.125, new Term(90, 20, 30, 66_000)),
            new Held(List.of(), Optional.of(0.125), true));
    assertTrue(
        score.contains("the product of query 4 and key 7 is 9.00e+04 before its scale"), score);
    assertTrue(
        score.endsWith("; scores in float32, or the scale before the product would hold it"),
        score);
    String unknown = words(new Crossing.Unknown(), new Held(List.of(), Optional.empty(), false));
    assertTrue(unknown.endsWith("no product or sum that it is made of passes that"), unknown);
  }

  /** 350 times 200 is beyond float16; both systems have the same inputs. */
  @Test
  void theReportNamesTypesAndScale() {
    List<TensorEntry> entries = new ArrayList<>();
    for (DType type : List.of(DType.BF16, DType.F16)) {
      TensorEntryOf of = new TensorEntryOf(type);
      entries.add(of.entry("mlp_act", 3, 350, 5, 0.5));
      entries.add(of.entry("up_proj", 2, 200, 0.25, 7));
      entries.add(of.entry("mlp_mul", 6, 70_000, 1.25, 3.5));
    }
    Path file = temp.resolve("overflow.safetensors");
    SafetensorsWriter.write(file, Map.of(), entries, true);
    Cli run = Cli.run("explain", file).exits(1);
    String text = run.out().replaceAll("\\s+", " ");
    String words =
        "the exact result of 3.50e+02 and 2.00e+02 lies beyond what F16 holds; an output in BF16 or"
            + " F32, or a scale of 0.5 would hold it";
    assertTrue(text.contains(words), text);
    assertTrue(
        text.contains("f16: use an output in BF16 or F32, or a scale of 0.5 in mlp_mul."), text);
    JsonNode json = Cli.run("explain", file, "--format", "json").exits(1).json();
    JsonNode over = json.findValue("overflow");
    assertEquals(1, over.get("at").asInt());
    assertEquals("[0,1]", "[" + over.get("token") + "," + over.get("channel") + "]");
    assertEquals(65504, over.get("limit").asDouble());
    assertEquals("result", over.get("crossing").get("kind").asText());
    assertEquals("[350.0,200.0]", over.get("crossing").get("operands").toString());
    assertEquals(0.5, over.get("held").get("scale").asDouble());
  }

  /** A tensor of a system that is named like its type. */
  private record TensorEntryOf(DType type) {
    TensorEntry entry(String stage, double... values) {
      Tensor tensor = Tensor.ofDoubles(Shape.of(1, values.length), values).cast(type);
      return TensorEntry.of(type.name().toLowerCase(Locale.ROOT) + "." + stage, tensor);
    }
  }
}
