package org.bitref.loaders.hf;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.Text;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.kernel.row.Frequencies.Linear;
import org.bitref.kernel.row.Frequencies.Llama3;
import org.bitref.kernel.row.Frequencies.Scaling;
import org.bitref.kernel.row.Frequencies.Unscaled;
import org.bitref.loaders.json.JsonObject;
import org.bitref.model.Family;
import org.bitref.model.Gemma3;

/** The rotary frequencies of a config, from whichever of its three places holds them. */
final class HfRope {
  /** What transformers' rotary embedding of Qwen3-VL takes where the config names none. */
  private static final List<Integer> USUAL_SECTION = List.of(24, 20, 20);

  private final JsonObject text;
  private final List<JsonObject> places;
  private final Family family;

  private HfRope(JsonObject text, Family family) {
    this.text = text;
    this.family = family;
    this.places =
        Stream.of(text.object("rope_parameters"), text.object("rope_scaling"))
            .flatMap(Optional::stream)
            .map(place -> place.object("full_attention").orElse(place))
            .toList();
  }

  static Frequencies read(JsonObject text, Family family, int headDim) {
    HfRope rope = new HfRope(text, family);
    rope.places.forEach(rope::checkSupported);
    double theta =
        Stream.concat(rope.places.stream(), Stream.of(text))
            .filter(place -> place.has("rope_theta"))
            .findFirst()
            .map(place -> HfConfig.positiveNumber(place, "rope_theta"))
            .or(() -> family instanceof Gemma3 ? Optional.of(Gemma3Config.THETA) : Optional.empty())
            .orElseThrow(() -> text.missing("rope_theta (or rope_parameters.rope_theta)"));
    Scaling scaling =
        rope.places.stream()
            .map(rope::scaling)
            .filter(found -> !(found instanceof Unscaled))
            .findFirst()
            .orElse(new Unscaled());
    return family.seesImages()
        ? new Frequencies(theta, rope.section(headDim), family.axes(), scaling)
        : Frequencies.ofText(theta, headDim, scaling);
  }

  private void checkSupported(JsonObject place) {
    boolean blocks = family.axes() == Axes.BLOCKS;
    if (place.bool("mrope_interleaved").orElse(!blocks) == blocks) {
      throw place.bad("mrope_interleaved is " + blocks, HfConfig.UNSUPPORTED);
    }
    if (place.number("partial_rotary_factor").orElse(1.0) != 1.0) {
      throw place.bad("partial_rotary_factor is not 1", HfConfig.UNSUPPORTED);
    }
  }

  /**
   * @throws org.bitref.BadInputException if the frequencies of this place are scaled
   */
  static void checkUnscaled(JsonObject place) {
    String type = place.string("rope_type").orElse("default");
    if (!type.equals("default")) {
      throw place.bad(
          "rope_type is " + Text.quote(type) + ", not \"default\"", HfConfig.UNSUPPORTED);
    }
  }

  /** What a type of rotary embedding does to the frequencies; of two names both must be known. */
  private Scaling scaling(JsonObject place) {
    Scaling scaling = new Unscaled();
    for (String field : List.of("rope_type", "type")) {
      Scaling named = scaling(place, field, place.string(field).orElse("default"));
      scaling = named instanceof Unscaled ? scaling : named;
    }
    return scaling;
  }

  private Scaling scaling(JsonObject place, String field, String type) {
    boolean text = !family.seesImages();
    if (type.equals("default") || (type.equals("mrope") && family.axes() == Axes.BLOCKS)) {
      return new Unscaled();
    }
    if (type.equals("linear") && text) {
      return new Linear(HfConfig.positiveNumber(place, "factor"));
    }
    if (type.equals("llama3") && text) {
      return new Llama3(
          HfConfig.positiveNumber(place, "factor"),
          HfConfig.positiveNumber(place, "low_freq_factor"),
          HfConfig.positiveNumber(place, "high_freq_factor"),
          HfConfig.positiveNumber(place, "original_max_position_embeddings"));
    }
    throw place.bad(
        "%s is %s, not %s"
            .formatted(
                field,
                Text.quote(type),
                text ? "\"default\", \"linear\" or \"llama3\"" : "\"default\""),
        HfConfig.UNSUPPORTED);
  }

  private List<Integer> section(int headDim) {
    JsonObject place = places.stream().filter(p -> p.has("mrope_section")).findFirst().orElse(text);
    Optional<List<Integer>> given = place.wholeNumbers("mrope_section");
    if (given.isEmpty() && family.axes() == Axes.BLOCKS) {
      throw place.missing("rope_scaling.mrope_section");
    }
    List<Integer> section = given.orElse(USUAL_SECTION);
    long sum = section.stream().mapToLong(Integer::longValue).sum();
    if (section.size() != 3 || sum != headDim / 2) {
      throw place.bad(
          "mrope_section is %s; it needs three lengths that add up to head_dim / 2 = %s"
              .formatted(section.size() > 3 ? section.size() + " numbers" : section, headDim / 2));
    }
    return section;
  }
}
