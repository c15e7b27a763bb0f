package org.bitref.explain;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Linear;
import org.bitref.kernel.row.Frequencies.Llama3;
import org.bitref.kernel.row.Frequencies.Scaling;
import org.bitref.kernel.row.Frequencies.Unscaled;
import org.bitref.model.Families;
import org.bitref.model.Family;
import org.bitref.model.ModelConfig;
import org.bitref.replay.Recording;
import org.bitref.tensor.TensorSource;

/**
 * What a model's config says that no tensor does. A file may say it about itself, as metadata.
 *
 * @param eps of the norms
 * @param base of the rotary frequencies
 * @param section how many of D / 2 frequencies follow each of three positions
 * @param scaling of the frequencies
 * @param headDim elements of a head
 * @param family what its layer is
 */
record ModelFacts(
    Optional<Double> eps,
    Optional<Double> base,
    Optional<List<Integer>> section,
    Optional<Scaling> scaling,
    OptionalInt headDim,
    Optional<Family> family) {
  private static final double USUAL_EPS = 1e-6;
  private static final double USUAL_BASE = 5e6;

  private static final String EPS = "model.rms_norm_eps";
  private static final String BASE = "model.rope_theta";
  private static final String SECTION = "model.mrope_section";
  private static final String SCALING = "model.rope_scaling";
  private static final String TYPE = "model.type";

  static ModelFacts of(ModelConfig config) {
    return new ModelFacts(
        Optional.of(config.rmsNormEps()),
        Optional.of(config.rope().theta()),
        Optional.of(config.rope().section()),
        Optional.of(config.rope().scaling()),
        OptionalInt.of(config.headDim()),
        Optional.of(config.family()));
  }

  /**
   * What files say.
   *
   * @throws BadInputException if one says what is no such number, or two do not say the same
   */
  static ModelFacts of(Dumps dumps) {
    List<TensorSource> all =
        Stream.of(dumps.systems(), dumps.inputs(), dumps.weights()).flatMap(List::stream).toList();
    return new ModelFacts(
        fact(all, EPS, ModelFacts::positive),
        fact(all, BASE, ModelFacts::positive),
        fact(all, SECTION, ModelFacts::lengths),
        fact(all, SCALING, ModelFacts::scaling),
        OptionalInt.empty(),
        fact(all, TYPE, Families::of));
  }

  private static <T> Optional<T> fact(
      List<TensorSource> sources, String key, Function<String, T> read) {
    Optional<T> known = Optional.empty();
    for (TensorSource source : sources) {
      Optional<T> said =
          Optional.ofNullable(source.metadata().get(key))
              .map(text -> read(source, key, text, read));
      if (said.isPresent() && known.isPresent() && !known.equals(said)) {
        throw new BadInputException(
            source.name() + ": metadata \"" + key + "\"",
            "is %s, and another file says %s".formatted(said.get(), known.get()),
            "Give captures of one model.");
      }
      known = known.or(() -> said);
    }
    return known;
  }

  private static <T> T read(
      TensorSource source, String key, String text, Function<String, T> read) {
    try {
      return read.apply(text);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          source.name() + ": metadata \"" + key + "\"",
          "is " + Text.quote(text),
          "It is a positive number, of mrope_section three lengths such as 24,20,20, of"
              + " rope_scaling linear,8 or llama3,8,1,4,8192, of type a model_type.",
          e);
    }
  }

  private static double positive(String text) {
    double number = Double.parseDouble(text);
    if (!(number > 0) || Double.isInfinite(number)) {
      throw new IllegalArgumentException(text);
    }
    return number;
  }

  private static List<Integer> lengths(String text) {
    List<Integer> lengths =
        Arrays.stream(text.split(",", -1)).map(part -> Integer.valueOf(part.strip())).toList();
    if (lengths.size() != 3 || lengths.stream().anyMatch(length -> length < 0)) {
      throw new IllegalArgumentException(text);
    }
    return lengths;
  }

  private static Scaling scaling(String text) {
    List<String> parts = List.of(text.split(",", -1));
    List<Double> numbers =
        parts.stream().skip(1).map(String::strip).map(ModelFacts::positive).toList();
    if (parts.getFirst().equals("linear") && numbers.size() == 1) {
      return new Linear(numbers.getFirst());
    }
    if (parts.getFirst().equals("llama3") && numbers.size() == 4) {
      return new Llama3(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
    }
    throw new IllegalArgumentException(text);
  }

  private static Optional<String> text(Scaling scaling) {
    return switch (scaling) {
      case Unscaled _ -> Optional.empty();
      case Linear(double factor) -> Optional.of("linear," + factor);
      case Llama3(double factor, double low, double high, double length) ->
          Optional.of("llama3,%s,%s,%s,%s".formatted(factor, low, high, length));
    };
  }

  /** The same of a model of this family. */
  ModelFacts with(Family known) {
    return new ModelFacts(eps, base, section, scaling, headDim, Optional.of(known));
  }

  /** With Qwen3-VL's where nothing is known. */
  Recording.Settings settings() {
    Family known = family.orElse(Families.all().getFirst());
    Frequencies frequencies =
        new Frequencies(
            base.orElse(USUAL_BASE),
            section.orElse(List.of()),
            known.axes(),
            scaling.orElse(new Unscaled()));
    return new Recording.Settings(eps.orElse(USUAL_EPS), frequencies, known, headDim);
  }

  /** What a layer's attention computes. */
  AttentionFunction attention(int layer, int d) {
    return settings().family().attention(layer, d);
  }

  /** As a file says it. */
  Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    eps.ifPresent(number -> metadata.put(EPS, Double.toString(number)));
    base.ifPresent(number -> metadata.put(BASE, Double.toString(number)));
    section.ifPresent(
        lengths ->
            metadata.put(
                SECTION, String.join(",", lengths.stream().map(String::valueOf).toList())));
    scaling.flatMap(ModelFacts::text).ifPresent(text -> metadata.put(SCALING, text));
    family.ifPresent(known -> metadata.put(TYPE, known.modelType()));
    return metadata;
  }

  /** True for a key of {@link #metadata}. */
  static boolean isKey(String key) {
    return List.of(EPS, BASE, SECTION, SCALING, TYPE).contains(key);
  }
}
