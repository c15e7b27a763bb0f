package org.bitref.loaders.hf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.Text;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonObject;
import org.bitref.model.Family;
import org.bitref.model.ModelConfig;
import org.bitref.model.ModelConfig.VisionTokens;

/**
 * A Hugging Face {@code config.json} of a Qwen3-VL model: nested (text_config) or of the text model
 * alone; as transformers 4.57 writes it (rope_theta, rope_scaling) or 5 (rope_parameters).
 *
 * <p>What the class defaults of transformers would fill in describes no released model, so the
 * fields of the geometry must be there. Values that change the arithmetic in a way that the model
 * does not implement are refused.
 *
 * @param model the geometry; token ids that the file lacks are those of the released models
 * @param storage what the file says about the weights' type, for example {@code bfloat16}
 */
public record HfConfig(ModelConfig model, Optional<String> storage) {
  private static final String REMEDY =
      "Correct config.json, or pass the one that belongs to the checkpoint.";
  private static final String UNSUPPORTED =
      "bitref computes Qwen3-VL text models as released; this one differs.";

  /** What transformers' rotary embedding takes where the config names none. */
  private static final List<Integer> USUAL_SECTION = List.of(24, 20, 20);

  /**
   * Reads and checks a config.
   *
   * @param folderOrFile a config.json, or the folder that holds it
   * @throws BadInputException if there is none, or if a field is missing, of the wrong type, or
   *     names something that the model does not implement
   */
  public static HfConfig read(Path folderOrFile) {
    Path path =
        Files.isDirectory(folderOrFile) ? folderOrFile.resolve("config.json") : folderOrFile;
    try (MappedFile file = MappedFile.open(path, MappedFile.SETTINGS)) {
      return of(JsonObject.read(file.name(), REMEDY, file.bytes()));
    }
  }

  private static HfConfig of(JsonObject root) {
    JsonObject text = textConfig(root);
    checkSupported(text);
    int heads = positive(text, "num_attention_heads");
    int kvHeads = positive(text, "num_key_value_heads");
    int headDim = positive(text, "head_dim");
    checkHeads(text, heads, kvHeads, headDim);
    Family family = family(text);
    Rope rope = Rope.of(text, headDim, family.seesImages());
    // transformers ties unless it is told otherwise.
    boolean tied =
        text.bool("tie_word_embeddings").or(() -> root.bool("tie_word_embeddings")).orElse(true);
    ModelConfig model =
        new ModelConfig(
            family,
            positive(text, "vocab_size"),
            positive(text, "hidden_size"),
            positive(text, "num_hidden_layers"),
            heads,
            kvHeads,
            headDim,
            positive(text, "intermediate_size"),
            positiveNumber(text, "rms_norm_eps"),
            rope.theta,
            rope.section,
            tied,
            family.seesImages() ? tokens(root) : VisionTokens.NONE);
    return new HfConfig(model, storage(root, text));
  }

  private static JsonObject textConfig(JsonObject root) {
    Optional<JsonObject> nested = root.object("text_config");
    if (nested.isPresent()) {
      return nested.get();
    }
    if (root.has("hidden_size")) {
      return root;
    }
    String vlm = root.string("vlm_name_or_path").map(n -> ", which is " + Text.quote(n)).orElse("");
    throw root.bad(
        "text_config is missing",
        "A wrapper's config does not describe the text model: pass the config.json of its"
            + " vision-language model"
            + vlm
            + ".");
  }

  /** By its model_type; what names no other is Qwen3-VL. */
  private static Family family(JsonObject text) {
    String type = text.string("model_type").orElse("");
    return Family.ALL.stream()
        .filter(family -> family.modelType().equals(type))
        .findFirst()
        .orElse(Family.ALL.getFirst());
  }

  private static void checkSupported(JsonObject text) {
    if (text.bool("attention_bias").orElse(false)) {
      throw text.bad("attention_bias is true", UNSUPPORTED);
    }
    if (text.bool("use_sliding_window").orElse(false)) {
      throw text.bad("use_sliding_window is true", UNSUPPORTED);
    }
    String activation = text.string("hidden_act").orElse("silu");
    if (!activation.equals("silu")) {
      throw text.bad("hidden_act is " + Text.quote(activation) + ", not \"silu\"", UNSUPPORTED);
    }
  }

  private static void checkHeads(JsonObject text, int heads, int kvHeads, int headDim) {
    if (heads % kvHeads != 0) {
      throw text.bad(
          "num_attention_heads is %s, which num_key_value_heads %s does not divide"
              .formatted(heads, kvHeads));
    }
    if (headDim % 2 != 0) {
      throw text.bad("head_dim is odd: " + headDim);
    }
    if ((long) heads * headDim > Integer.MAX_VALUE) {
      throw text.bad("head_dim times num_attention_heads exceeds 2^31-1");
    }
  }

  /** The rotary embedding's part of a config, from whichever of the three places holds it. */
  private record Rope(double theta, List<Integer> section) {
    static Rope of(JsonObject text, int headDim, boolean threeAxes) {
      List<JsonObject> places =
          Stream.of(text.object("rope_parameters"), text.object("rope_scaling"))
              .flatMap(Optional::stream)
              .toList();
      places.forEach(Rope::checkSupported);
      double theta =
          Stream.concat(places.stream(), Stream.of(text))
              .filter(place -> place.has("rope_theta"))
              .findFirst()
              .map(place -> positiveNumber(place, "rope_theta"))
              .orElseThrow(() -> text.missing("rope_theta (or rope_parameters.rope_theta)"));
      return new Rope(
          theta, threeAxes ? section(text, places, headDim) : List.of(headDim / 2, 0, 0));
    }

    private static void checkSupported(JsonObject place) {
      for (String field : List.of("rope_type", "type")) {
        String type = place.string(field).orElse("default");
        if (!type.equals("default")) {
          throw place.bad(field + " is " + Text.quote(type) + ", not \"default\"", UNSUPPORTED);
        }
      }
      if (!place.bool("mrope_interleaved").orElse(true)) {
        throw place.bad("mrope_interleaved is false", UNSUPPORTED);
      }
      if (place.number("partial_rotary_factor").orElse(1.0) != 1.0) {
        throw place.bad("partial_rotary_factor is not 1", UNSUPPORTED);
      }
    }

    private static List<Integer> section(JsonObject text, List<JsonObject> places, int headDim) {
      JsonObject place =
          places.stream().filter(p -> p.has("mrope_section")).findFirst().orElse(text);
      List<Integer> section = place.wholeNumbers("mrope_section").orElse(USUAL_SECTION);
      long sum = section.stream().mapToLong(Integer::longValue).sum();
      if (section.size() != 3 || sum != headDim / 2) {
        throw place.bad(
            "mrope_section is %s; it needs three lengths that add up to head_dim / 2 = %s"
                .formatted(
                    section.size() > 3 ? section.size() + " numbers" : section, headDim / 2));
      }
      return section;
    }
  }

  private static VisionTokens tokens(JsonObject root) {
    VisionTokens usual = VisionTokens.QWEN3_VL;
    Optional<JsonObject> vision = root.object("vision_config");
    return new VisionTokens(
        root.wholeNumber("image_token_id").orElse(usual.image()),
        root.wholeNumber("video_token_id").orElse(usual.video()),
        root.wholeNumber("vision_start_token_id").orElse(usual.visionStart()),
        root.wholeNumber("vision_end_token_id").orElse(usual.visionEnd()),
        vision
            .filter(v -> v.has("spatial_merge_size"))
            .map(v -> positive(v, "spatial_merge_size"))
            .orElse(usual.spatialMerge()));
  }

  private static Optional<String> storage(JsonObject root, JsonObject text) {
    return Stream.of(text, root)
        .flatMap(place -> Stream.of(place.string("dtype"), place.string("torch_dtype")))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static int positive(JsonObject object, String field) {
    int value = object.wholeNumber(field).orElseThrow(() -> object.missing(field));
    if (value == 0) {
      throw object.bad(field + " is 0");
    }
    return value;
  }

  private static double positiveNumber(JsonObject object, String field) {
    double value = object.number(field).orElseThrow(() -> object.missing(field));
    if (!(value > 0)) {
      throw object.bad(field + " is not positive: " + value);
    }
    return value;
  }
}
