package org.bitref.replay;

import static org.bitref.replay.Plain.each;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where a difference of systems starts changes are looked for that are smaller than errors; of
 * rounding alone none is claimed.
 */
final class SmallChangesTest {
  private static final RecordedModel HALVES = new RecordedModel("hf-f16-eager", 0.3);
  private static final RecordedModel BFLOATS = new RecordedModel("hf-bf16-eager", 0.3);

  private static Set<OtherFunction> others(RecordedModel model, String stage, boolean decisive) {
    return assertInstanceOf(Replayed.Follows.class, model.replay(stage, decisive), stage).others();
  }

  /** Runs whose stage is a draw of roundings of the model's, one or many between captured ones. */
  @ParameterizedTest
  @CsvSource({
    "logits,all",
    "layers.0.q_rope,no tables",
    "layers.0.attn_out,all",
    "layers.0.hidden,states",
    "layers.1.mlp_act,all",
    "layers.1.post_attn_ln,all",
    "layers.1.o_proj,all"
  })
  void ofRoundingNothingIsClaimed(String stage, String left) {
    Predicate<String> kept =
        switch (left) {
          case "all" -> _ -> true;
          case "no tables" -> name -> !name.startsWith("rope.");
          default -> name -> name.endsWith(".hidden") || name.equals("inputs_embeds");
        };
    for (RecordedModel run : List.of(HALVES, BFLOATS)) {
      Format format = run == HALVES ? Format.F16 : Format.BF16;
      for (int draw = 1001; draw <= 1002; draw++) {
        RecordedModel model = run.copy().keeping(kept);
        model.put(stage, drawn(model, stage, new Storage(format, draw)));
        assertEquals(Set.of(), others(model, stage, true), format + " " + draw);
      }
    }
  }

  private static double[] drawn(RecordedModel model, String stage, Storage storage) {
    try (Workers workers = new Workers(1)) {
      Replay replay = Replay.of(RecordedModel.plan(), model, workers).orElseThrow();
      return replay.target(new Replay.Run(stage, storage, true)).values();
    }
  }

  /** What is looked at as it is, is rounding too: each stage of the runs. */
  @ParameterizedTest
  @ValueSource(strings = {"hf-f16-eager", "hf-bf16-eager"})
  void ofARunNothingIsClaimed(String recipe) {
    RecordedModel model = new RecordedModel(recipe, 0.3);
    for (String stage : model.captured.keySet()) {
      if (!stage.startsWith("rope.") && !stage.startsWith("layers.1")) {
        assertEquals(Set.of(), others(model, stage, true), stage);
      }
    }
  }

  @Test
  void aSignIsNoSmallChange() {
    RecordedModel model = HALVES.copy();
    double[] y = model.values("layers.0.post_attn_hidden");
    double[] o = model.values("layers.0.o_proj");
    model.put("layers.0.post_attn_hidden", each(y.length, i -> y[i] - 2 * o[i]));
    assertEquals(Set.of(Known.SUBTRACTED), others(model, "layers.0.post_attn_hidden", true));
  }
}
