package org.bitref.loaders.hf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bitref.Text;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonObject;
import org.bitref.model.Families;
import org.bitref.model.Family;
import org.bitref.model.Gemma3;
import org.bitref.model.Llama;
import org.bitref.model.ModelConfig;
import org.bitref.model.ModelConfig.VisionTokens;
import org.bitref.model.Qwen25Vl;

/**
 * A Hugging Face {@code config.json} of a known family: nested (text_config) or of the text model
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
  static final String UNSUPPORTED =
      "bitref computes text models of this type as released; this one differs.";
  private static final String KNOWN =
      "bitref knows the types %s."
          .formatted(
              String.join(", ", Families.all().stream().map(Family::modelType).sorted().toList()));

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
    Family family = family(root, text);
    OtherMathematics.refuse(text, family);
    int heads = positive(text, "num_attention_heads", gemma(family, Gemma3Config.HEADS));
    int kvHeads = kvHeads(text, family, heads);
    int headDim = headDim(text, family, heads);
    checkHeads(text, heads, kvHeads, headDim);
    boolean tied =
        text.bool("tie_word_embeddings")
            .or(() -> root.bool("tie_word_embeddings"))
            .orElse(family.tiesEmbeddings());
    ModelConfig model =
        new ModelConfig(
            family,
            positive(text, "vocab_size", gemma(family, Gemma3Config.VOCABULARY)),
            positive(text, "hidden_size"),
            positive(text, "num_hidden_layers"),
            heads,
            kvHeads,
            headDim,
            positive(text, "intermediate_size"),
            text.has("rms_norm_eps") || !(family instanceof Gemma3)
                ? positiveNumber(text, "rms_norm_eps")
                : Gemma3Config.EPS,
            HfRope.read(text, family, headDim),
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

  /**
   * By the model_type of the text model, or else of its wrapper; what has none is Qwen3-VL.
   *
   * @throws BadInputException for the type of another text model
   */
  private static Family family(JsonObject root, JsonObject text) {
    Optional<String> own = text.string("model_type");
    return own.flatMap(HfConfig::named)
        .or(
            () -> {
              if (own.isPresent()) {
                throw text.bad("model_type is " + Text.quote(own.get()), KNOWN);
              }
              return root.string("model_type").flatMap(HfConfig::named);
            })
        .map(found -> found instanceof Gemma3 ? Gemma3Config.read(text) : found)
        .orElse(Families.all().getFirst());
  }

  private static Optional<Family> named(String type) {
    return Families.all().stream().filter(family -> family.isCalled(type)).findFirst();
  }

  /** Of some families it may be left out, and is what the heads share then. */
  private static int headDim(JsonObject text, Family family, int heads) {
    int share = positive(text, "hidden_size") / heads;
    if (family instanceof Qwen25Vl && text.wholeNumber("head_dim").orElse(share) != share) {
      throw text.bad("head_dim is not hidden_size / num_attention_heads", UNSUPPORTED);
    }
    boolean left = family instanceof Llama || family instanceof Qwen25Vl;
    return left && !text.has("head_dim")
        ? share
        : positive(text, "head_dim", gemma(family, Gemma3Config.HEAD));
  }

  /** Of Llama as many as of queries where the file does not say. */
  private static int kvHeads(JsonObject text, Family family, int heads) {
    OptionalInt usual =
        family instanceof Llama ? OptionalInt.of(heads) : gemma(family, Gemma3Config.KEY_HEADS);
    return positive(text, "num_key_value_heads", usual);
  }

  /** What a config of Gemma 3 may leave out. */
  private static OptionalInt gemma(Family family, int usual) {
    return family instanceof Gemma3 ? OptionalInt.of(usual) : OptionalInt.empty();
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

  private static int positive(JsonObject object, String field, OptionalInt usual) {
    return usual.isPresent() && !object.has(field) ? usual.getAsInt() : positive(object, field);
  }

  static int positive(JsonObject object, String field) {
    int value = object.wholeNumber(field).orElseThrow(() -> object.missing(field));
    if (value == 0) {
      throw object.bad(field + " is 0");
    }
    return value;
  }

  static double positiveNumber(JsonObject object, String field) {
    double value = object.number(field).orElseThrow(() -> object.missing(field));
    if (!(value > 0)) {
      throw object.bad(field + " is not positive: " + value);
    }
    return value;
  }
}
