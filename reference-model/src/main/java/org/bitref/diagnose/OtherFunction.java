package org.bitref.diagnose;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.bitref.operation.Norm;
import org.bitref.recipe.NormRecipe;
import org.bitref.search.Identification;

/**
 * What a system computes where it does not compute what the model says. No rounding: two right
 * implementations of one model have the same function.
 */
public sealed interface OtherFunction {
  /** What needs no figures. */
  enum Known implements OtherFunction {
    /** A norm's epsilon is added to the root, not to the mean square. */
    EPSILON_OUTSIDE_THE_ROOT,
    /** A norm multiplies by 1 + w, not by w. */
    ONE_PLUS_WEIGHT,
    /** x Φ(x) in place of silu. */
    GELU,
    /** Its approximation by a hyperbolic tangent. */
    GELU_TANH,
    /** max(x, 0) in place of silu. */
    RELU,
    /** x times a logistic function of 1.702 x. */
    QUICK_GELU,
    /** The activation left out. */
    NOT_ACTIVATED,
    /** x times a logistic function of 2 x. */
    STEEP_SILU,
    /** max(x, 0)². */
    RELU_SQUARED,
    /** The logistic function, x itself left out. */
    SIGMOID,
    /** tanh(x). */
    TANH,
    /** ln(1 + exp(x)). */
    SOFTPLUS,
    /** SiLU of SiLU. */
    SILU_TWICE,
    /** The second term of a sum, a visual feature for instance, was not added. */
    NOT_ADDED,
    /** The first term of a sum, the residual stream, was not added. */
    NO_RESIDUAL,
    /** The second term of a sum was added twice. */
    ADDED_TWICE,
    /** The first term of a sum was added twice. */
    RESIDUAL_TWICE,
    /** The second term of a sum was subtracted. */
    SUBTRACTED,
    /** The whole layer was left out: its result is its input. */
    LAYER_SKIPPED,
    /** Visual features are on the rows before or after those of visual tokens. */
    FEATURES_ON_OTHER_ROWS,
    /** Embeddings are multiplied by the root of their width. */
    EMBEDDING_SCALED,
    /** The embeddings of visual tokens were not put in their places. */
    NO_VISUAL_EMBEDDINGS,
    /** A norm was left out. */
    NORM_SKIPPED,
    /** A norm without its weight. */
    NO_NORM_WEIGHT,
    /** A norm that takes the mean away, as LayerNorm does. */
    LAYER_NORM,
    /** A norm by the sum of squares in place of their mean. */
    SUM_OF_SQUARES,
    /** A norm over all heads of a token in place of each. */
    NORM_OF_ALL_HEADS,
    /** Neighbouring elements are rotated together (GPT-J), not halves. */
    PAIRS,
    /** The sine has the other sign. */
    ROTATED_BACKWARDS,
    /** Not rotated by position. */
    NOT_ROTATED,
    /** Rotated twice. */
    ROTATED_TWICE,
    /** Height and width positions exchanged. */
    HEIGHT_AND_WIDTH_SWAPPED,
    /** All positions are 0. */
    POSITIONS_ZERO,
    /** Positions count tokens, whatever position_ids say. */
    POSITIONS_COUNTED,
    /** Queries see later keys too. */
    NOT_CAUSAL,
    /** Queries see the next key too. */
    SEES_THE_NEXT_KEY,
    /** Queries do not see their own key. */
    BLIND_TO_ITSELF,
    /** Padding is seen. */
    PADDING_SEEN,
    /** Visual tokens see each other whatever their order. */
    VISUAL_TOKENS_SEE_EACH_OTHER,
    /** Key heads alternate over query heads in place of serving neighbours. */
    KEY_HEADS_ALTERNATE,
    /** Key heads serve the query heads in reverse. */
    KEY_HEADS_REVERSED,
    /** Keys in the place of values and the reverse. */
    KEYS_AND_VALUES_SWAPPED,
    /** Keys are those of the token before. */
    KEYS_LATE,
    /** Values are those of the token before. */
    VALUES_LATE,
    /** A term of 1 more in the softmax's denominator. */
    SINK,
    /** Heads and tokens were not exchanged before heads were joined. */
    HEADS_NOT_TRANSPOSED,
    /** Heads in reverse order. */
    HEADS_REVERSED,
    /** Each head in the place of the next. */
    HEADS_TURNED,
    /** Neighbouring heads exchanged. */
    HEADS_SWAPPED,
    /** A weight transposed. */
    WEIGHT_TRANSPOSED,
    /** Rows of a weight in the order for pairs (GPT-J), not for halves. */
    WEIGHT_ROWS_FOR_PAIRS,
    /** Rows of a weight in the order for halves, not for pairs. */
    WEIGHT_ROWS_FOR_HALVES
  }

  /** The scores of attention are multiplied by this. */
  record Scale(double used, double model) implements OtherFunction {}

  /** Scores s become cap · tanh(s / cap). */
  record Softcap(double cap) implements OtherFunction {}

  /** The weight of another stage. */
  record WeightOf(String stage) implements OtherFunction {}

  /** The weight of the same stage in another layer. */
  record LayerOf(int layer) implements OtherFunction {}

  /** The weights of two stages exchanged. */
  record WeightsSwapped(String a, String b) implements OtherFunction {}

  /** Another stage's result in place of the input. */
  record InputOf(String stage) implements OtherFunction {}

  /** A rotation of a part of each head. */
  record PartlyRotated(double share) implements OtherFunction {}

  /** Positions multiplied by a factor before they are rotated by. */
  record PositionsScaled(double factor) implements OtherFunction {}

  /**
   * Other positions than the ids, from this token on or in it alone.
   *
   * @param token the first whose positions are not its ids
   * @param used temporal, height and width position
   * @param ids what they should be
   */
  record Positions(int token, List<Double> used, List<Double> ids) implements OtherFunction {
    /** The lists are copied. */
    public Positions {
      used = List.copyOf(used);
      ids = List.copyOf(ids);
    }
  }

  /** Another visual feature, or one where the model has none. */
  record Feature(String used) implements OtherFunction {}

  /** Results that are cut off at a magnitude. */
  record Clamped(double at) implements OtherFunction {}

  /** An operand of a product in fewer bits than it is given in. */
  record Narrowed(Operand operand, Grid grid) implements OtherFunction {}

  /** An operand of a product. */
  enum Operand {
    /** x. */
    INPUT,
    /** w. */
    WEIGHT
  }

  /** What values were rounded to. */
  enum Grid {
    /** Float8 with 4 exponent bits. */
    E4M3,
    /** Float8 with 5 exponent bits. */
    E5M2,
    /** 8-bit integers, each row with its own step. */
    INT8_BY_ROW,
    /** 4-bit integers, each row with its own step. */
    INT4_BY_ROW
  }

  /**
   * A change in several stages, or in one of several that were computed again together.
   *
   * @param stages last parts of their names
   */
  record In(OtherFunction what, Set<String> stages) implements OtherFunction {
    /** The set is copied. */
    public In {
      stages = Set.copyOf(stages);
    }
  }

  /** A norm's epsilon. */
  record Epsilon(double used, double model) implements OtherFunction {}

  /** Attention that sees this many keys at most, the query's own included. */
  record Window(int keys) implements OtherFunction {}

  /**
   * A product to every column of which a number is added: a bias that the capture does not hold.
   *
   * @param least it may be, by column
   * @param most it may be
   */
  record Bias(List<Double> least, List<Double> most) implements OtherFunction {
    /** The lists are copied. */
    public Bias {
      least = List.copyOf(least);
      most = List.copyOf(most);
    }

    /** Columns whose number is not 0. */
    public long columns() {
      return IntStream.range(0, least.size())
          .filter(i -> least.get(i) > 0 || most.get(i) < 0)
          .count();
    }

    private boolean agrees(Bias other) {
      return least.size() == other.least.size()
          && IntStream.range(0, least.size())
              .allMatch(
                  i -> least.get(i) <= other.most.get(i) && other.least.get(i) <= most.get(i));
    }
  }

  /**
   * A rotary table of other angles.
   *
   * @param base of the frequencies, and the model's
   * @param axes which position each frequency follows
   * @param late how much larger positions are than the ids
   */
  record Rotary(double base, double model, RotaryFunction.Axes axes, int late)
      implements OtherFunction {}

  /** True if both sets of changes may be one function. */
  static boolean same(Set<OtherFunction> a, Set<OtherFunction> b) {
    return a.size() == b.size()
        && a.stream().allMatch(one -> b.stream().anyMatch(other -> same(one, other)));
  }

  private static boolean same(OtherFunction a, OtherFunction b) {
    OtherFunction left = a instanceof In(var what, var _) ? what : a;
    OtherFunction right = b instanceof In(var what, var _) ? what : b;
    return (left instanceof Bias bias && right instanceof Bias other)
        ? bias.agrees(other)
        : left.equals(right);
  }

  /**
   * What the recipes that reproduce a norm say of its function; empty if one of them computes the
   * model's, or if none reproduces it.
   */
  static Set<OtherFunction> ofNorm(Identification found, Norm norm) {
    Optional<NormRecipe> first = Optional.empty();
    for (Identification.Match match : found.best()) {
      if (match.equal() == found.total() && match.recipe() instanceof NormRecipe recipe) {
        if (changes(recipe, norm).isEmpty()) {
          return Set.of();
        }
        first = first.or(() -> Optional.of(recipe));
      }
    }
    return first.map(recipe -> changes(recipe, norm)).orElse(Set.of());
  }

  private static Set<OtherFunction> changes(NormRecipe recipe, Norm norm) {
    Set<OtherFunction> changes = new LinkedHashSet<>();
    recipe
        .eps()
        .filter(eps -> eps != norm.eps())
        .ifPresent(eps -> changes.add(new Epsilon(eps, norm.eps())));
    if (recipe.place() == NormRecipe.Place.OUTSIDE) {
      changes.add(Known.EPSILON_OUTSIDE_THE_ROOT);
    }
    if (recipe.form() == NormRecipe.Form.GEMMA) {
      changes.add(Known.ONE_PLUS_WEIGHT);
    }
    return changes;
  }
}
