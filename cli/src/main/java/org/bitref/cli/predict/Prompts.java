package org.bitref.cli.predict;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.model.ModelConfig;
import org.bitref.model.PrefillInputs;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** The given prompt, and others of its text tokens in random order. */
final class Prompts {
  private Prompts() {}

  /**
   * @param number of prompts, the given one first; visual tokens keep their places
   */
  static List<PrefillInputs> of(TensorSource given, ModelConfig config, int number, long seed) {
    PrefillInputs first = PrefillInputs.read(given, config);
    List<PrefillInputs> prompts = new ArrayList<>(List.of(first));
    String name = given.has("inputs_embeds") ? "inputs_embeds" : "input_ids";
    Random random = new Random(seed);
    while (prompts.size() < number) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      given.tensors().keySet().forEach(tensor -> tensors.put(tensor, given.read(tensor)));
      tensors.put(name, shuffled(tensors.get(name), first, random));
      prompts.add(PrefillInputs.read(TensorSource.of(given.name(), tensors), config));
    }
    return prompts;
  }

  private static Tensor shuffled(Tensor rows, PrefillInputs prompt, Random random) {
    TensorBuilder result = new TensorBuilder(rows.dtype(), rows.shape());
    int tokens = prompt.extent().tokens();
    long width = rows.elements() / ((long) prompt.extent().batch() * tokens);
    for (int b = 0; b < prompt.extent().batch(); b++) {
      List<Integer> order = new ArrayList<>();
      for (int row = b * tokens; row < (b + 1) * tokens; row++) {
        if (!prompt.visualMask()[row]) {
          order.add(row);
        }
      }
      Collections.shuffle(order, random);
      int next = 0;
      for (int row = b * tokens; row < (b + 1) * tokens; row++) {
        int from = prompt.visualMask()[row] ? row : order.get(next++);
        result.copy(row * width, rows, from * width, width);
      }
    }
    return result.build();
  }
}
