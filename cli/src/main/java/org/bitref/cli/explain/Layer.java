package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stages that stand together: those of a layer, or what is computed before or after the layers.
 *
 * @param number of the layer; empty outside of layers
 * @param name begins a sentence
 */
record Layer<S>(Optional<Integer> number, String name, List<S> stages) {
  private static final Pattern NUMBERED = Pattern.compile("(?:layers|kv)\\.(\\d{1,6})\\..+");

  /** Stages in the order of computation, by layers. */
  static <S> List<Layer<S>> of(List<S> stages, Function<S, String> name) {
    List<Layer<S>> layers = new ArrayList<>();
    for (S stage : stages) {
      Optional<Integer> number = number(name.apply(stage));
      if (layers.isEmpty() || !layers.getLast().number.equals(number)) {
        boolean first = layers.isEmpty();
        String called =
            number.map(n -> "Layer " + n).orElse(first ? "Before the layers" : "After the layers");
        layers.add(new Layer<>(number, called, new ArrayList<>()));
      }
      layers.getLast().stages.add(stage);
    }
    return layers;
  }

  private static Optional<Integer> number(String stage) {
    Matcher matcher = NUMBERED.matcher(stage);
    return matcher.matches() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
  }

  /** A stage's name beside that of its layer. */
  String brief(String stage) {
    return number.map(n -> stage.replace("layers." + n + ".", "")).orElse(stage);
  }
}
