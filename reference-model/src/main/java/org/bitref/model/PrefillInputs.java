package org.bitref.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bitref.recipe.Sizes;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * What a prefill starts from, checked against the model. B sequences of S new tokens; n visual
 * tokens in all.
 *
 * @param positions temporal, height and width position of each token, [3][B * S]
 * @param visualMask [B * S], true for the rows of image and video tokens; all false without visuals
 * @param attentionMask [B, past + S], true for tokens that may be attended to
 * @param given the other tensors by name: {@code inputs_embeds} [B, S, H] or {@code input_ids} [B,
 *     S], or both; {@code visual_embeds} [n, H], which replaces the visual rows of the embeddings;
 *     {@code deepstack.N} [n, H], added to the visual rows after layer N; {@code past.L.k} and
 *     {@code past.L.v} [B, kv heads, past, D], the cache of layer L; {@code cos} and {@code sin}
 *     [B, S, D], rotary tables in place of those that follow from the positions
 */
public record PrefillInputs(
    ModelConfig config,
    Extent extent,
    long[][] positions,
    boolean[] visualMask,
    Optional<boolean[]> attentionMask,
    Map<String, Tensor> given) {

  /** Copies the map. */
  public PrefillInputs {
    given = new LinkedHashMap<>(given);
  }

  /**
   * Reads {@code inputs_embeds} (wins) or {@code input_ids}, {@code position_ids} (or {@code
   * image_grid_thw} and {@code video_grid_thw} to derive them, or nothing for a prompt of text),
   * and the optional {@code visual_mask}, {@code visual_embeds}, {@code deepstack.N}, {@code
   * attention_mask} [B, S], {@code past.{i}.{k,v}}, {@code cos} and {@code sin}.
   *
   * @throws org.bitref.BadInputException naming the tensor that is missing or does not fit the
   *     model
   */
  public static PrefillInputs read(TensorSource source, ModelConfig config) {
    return new InputReader(source, config).read();
  }

  /** The whole forward pass over these inputs. */
  public Plan plan() {
    return config.plan(features());
  }

  /** How many deepstack features there are. */
  public int features() {
    return (int) given.keySet().stream().filter(name -> name.startsWith("deepstack.")).count();
  }

  /** Shape of a stage's result. */
  public Shape shape(Stage stage) {
    return stage.shape(config, extent);
  }

  /**
   * What a library chooses the kernel of a product or of attention by; empty for other stages.
   *
   * @param tokens new tokens of each sequence that it computes at a time
   */
  public Optional<Sizes> sizes(Stage stage, int tokens) {
    long batch = extent.batch();
    return switch (stage.kind()) {
      case PRODUCT -> {
        long[] weight = stage.weight().orElseThrow().shape(config).dims();
        yield Optional.of(Sizes.product(batch * tokens, weight[0], weight[1]));
      }
      case ATTEND -> {
        long keys = (long) extent.past() + extent.tokens();
        yield Optional.of(new Sizes(batch * config.heads(), tokens, keys, config.headDim()));
      }
      default -> Optional.empty();
    };
  }

  /** One of the given tensors. */
  public Optional<Tensor> find(String name) {
    return Optional.ofNullable(given.get(name));
  }
}
