package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bitref.cli.Cli;
import org.bitref.recipe.Recipes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table that joins an engine's tactics with what its products show. */
class EngineProductsTest {
  private static final Path F16 = Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors");
  private static final String HALF = "sm90_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize64x64x64";

  @TempDir private Path temp;
  private Path engine;
  private Path layers;

  /** mlp_down sums in float16, o_proj in float32; tactics of both say float16. */
  @BeforeEach
  void dump() throws IOException {
    Path recipe =
        Files.writeString(
            temp.resolve("my.recipe"),
            ".*\\.mlp_down = in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none |"
                + " cvt(f16,rne)\n"
                + Recipes.text("hf-f16-eager"));
    engine = temp.resolve("engine.safetensors");
    Cli.run("golden", Cli.MODEL, "--inputs", F16, "--recipe", recipe, "--layers", "0", "-o", engine)
        .exits(0);
    layers =
        Files.writeString(
            temp.resolve("layers.json"),
            """
            {"Layers": ["a reformat",
              {"Name": "fc", "LayerType": "gemm", "TacticName": "%s",
               "Outputs": [{"Name": "layers.0.mlp_down"}]},
              {"Name": "layers_0_o_proj_myl0_20", "LayerType": "gemm", "TacticName": "%s",
               "Outputs": [{"Name": "__mye1"}]}], "Bindings": []}
            """
                .formatted(HALF, HALF));
  }

  private Cli explain(String info, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of("explain", "--model", Cli.MODEL, engine, F16, "--layers", "0", "--stages"));
    words.addAll(List.of("o_proj,mlp_down,gate_proj", "--layers-info", info));
    words.addAll(List.of(more));
    return Cli.run(words.toArray());
  }

  @Test
  void aRowForEachProductTheWorstFirst() throws IOException {
    Path csv = temp.resolve("x.csv");
    JsonNode rows =
        explain("engine=" + layers, "--format", "json", "--csv", csv)
            .exits(0)
            .json()
            .get("products");
    assertEquals(3, rows.size());
    JsonNode down = rows.get(0);
    assertEquals("engine", down.get("system").asText());
    assertEquals("layers.0.mlp_down", down.get("stage").asText());
    assertEquals("fc", down.get("layer").asText());
    assertEquals(HALF, down.get("tactic").asText());
    assertEquals("f16", down.get("accumulator").asText());
    assertTrue(down.get("agrees").asBoolean());
    assertTrue(down.get("ratio").asDouble() > 1, down::toString);
    assertEquals(
        down.get("mean_abs").asDouble() / down.get("float32_mean_abs").asDouble(),
        down.get("ratio").asDouble());
    for (JsonNode row : List.of(rows.get(1), rows.get(2))) {
      // One block of K in order: the very sum that errors are measured by.
      assertEquals(1.0, row.get("ratio").asDouble(), row::toString);
      assertEquals("f32", row.get("accumulator").asText());
      boolean named = row.get("stage").asText().equals("layers.0.o_proj");
      assertEquals(named ? "layers_0_o_proj_myl0_20" : "null", row.get("layer").asText());
      assertEquals(named ? "false" : "null", row.get("agrees").asText());
    }
    assertEquals(4, Files.readAllLines(temp.resolve("x.products.csv")).size());
  }

  @Test
  void theTextHasTheTacticsByTheirNumbers() {
    String out = explain("engine=" + layers).exits(0).out();
    assertTrue(out.contains("Products of engine and the tactics"), out);
    assertTrue(out.contains("(1) " + HALF + "\n    of fc, layers_0_o_proj_myl0_20\n"), out);
    assertTrue(out.lines().anyMatch(line -> line.matches("layers.0.gate_proj +f32 .* - +-")), out);
  }

  @Test
  void twoDumpsOfTheseNamesNeedASystem() {
    String err = explain(layers.toString()).exits(3).err();
    assertTrue(err.contains("could be of the engine of any of"), err);
    assertTrue(err.contains("SYSTEM=FILE"), err);
    assertTrue(explain("nobody=" + layers).exits(3).err().contains("names no tensor"), err);
  }
}
