package org.bitref.diagnose;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.bitref.kernel.row.Frequencies.Axes;

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
    /** x times the logistic function of x. */
    SILU,
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
    /** x clamp(x / 6 + 1/2, 0, 1). */
    HARD_SWISH,
    /** x tanh(softplus(x)). */
    MISH,
    /** x where it is positive, exp(x) - 1 elsewhere. */
    ELU,
    /** x / (1 + |x|). */
    SOFTSIGN,
    /** 1 more than the second factor of a product. */
    ONE_PLUS_FACTOR,
    /** The sum of two factors in place of their product. */
    SUM_OF_FACTORS,
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
    /** Attention and MLP both start from the layer's input. */
    PARALLEL_BLOCK,
    /** Norms stand behind attention and MLP, not before them. */
    NORMS_BEHIND,
    /** Visual features are on the rows before or after those of visual tokens. */
    FEATURES_ON_OTHER_ROWS,
    /** Visual features in reverse order of the visual tokens. */
    FEATURES_REVERSED,
    /** Embeddings are multiplied by the root of their width. */
    EMBEDDING_SCALED,
    /** Embeddings over their root mean square. */
    EMBEDDING_NORMED,
    /** The first row of visual features on all visual tokens. */
    FIRST_FEATURE_FOR_ALL,
    /** The embeddings of visual tokens were not put in their places. */
    NO_VISUAL_EMBEDDINGS,
    /** The embeddings of visual tokens are on the rows before or after. */
    VISUAL_EMBEDDINGS_ON_OTHER_ROWS,
    /** A norm was left out. */
    NORM_SKIPPED,
    /** A norm without its weight. */
    NO_NORM_WEIGHT,
    /** A norm's weight in reverse order. */
    NORM_WEIGHT_REVERSED,
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
    /** Cosine and sine exchanged. */
    COSINE_AND_SINE_EXCHANGED,
    /** Rotated by the positions of the token before. */
    POSITIONS_OF_THE_TOKEN_BEFORE,
    /** Rotated by the positions of the token behind. */
    POSITIONS_OF_THE_TOKEN_BEHIND,
    /** Height and width positions exchanged. */
    HEIGHT_AND_WIDTH_SWAPPED,
    /** All positions are 0. */
    POSITIONS_ZERO,
    /** Positions count tokens, whatever position_ids say. */
    POSITIONS_COUNTED,
    /** Positions of text behind an image are 1 more. */
    TEXT_ONE_LATE,
    /** Positions of text behind an image are 1 less. */
    TEXT_ONE_EARLY,
    /** Positions of text behind an image start at 0 again. */
    TEXT_RESTARTS,
    /** Positions of text behind an image count the image's tokens. */
    TEXT_COUNTS_TOKENS,
    /** Frequencies of the rotation are rounded to bfloat16. */
    FREQUENCIES_IN_BF16,
    /** Queries see later keys too. */
    NOT_CAUSAL,
    /** Queries see the next key too. */
    SEES_THE_NEXT_KEY,
    /** Queries do not see their own key. */
    BLIND_TO_ITSELF,
    /** The first key is seen by the first query alone. */
    BLIND_TO_THE_FIRST,
    /** Text behind an image does not see the image. */
    BLIND_TO_THE_IMAGE,
    /** Tokens up to the end of the image see each other whatever their order. */
    PREFIX_SEES_ITSELF,
    /** Scores are less the farther the key is, in each head by its own factor. */
    ALIBI,
    /** Padding is seen. */
    PADDING_SEEN,
    /** Visual tokens see each other whatever their order. */
    VISUAL_TOKENS_SEE_EACH_OTHER,
    /** Key heads alternate over query heads in place of serving neighbours. */
    KEY_HEADS_ALTERNATE,
    /** All query heads use the first key head. */
    FIRST_KEY_HEAD_FOR_ALL,
    /** Key heads serve the query heads in reverse. */
    KEY_HEADS_REVERSED,
    /** Keys in the place of values and the reverse. */
    KEYS_AND_VALUES_SWAPPED,
    /** Keys are those of the token before. */
    KEYS_LATE,
    /** Values are those of the token before. */
    VALUES_LATE,
    /** Keys are those of another head, values are not. */
    KEYS_OF_OTHER_HEADS,
    /** Values are those of another head, keys are not. */
    VALUES_OF_OTHER_HEADS,
    /** All query heads use the values of the first head, each its own keys. */
    FIRST_VALUE_HEAD_FOR_ALL,
    /** Heads and tokens were not exchanged before heads were joined. */
    HEADS_NOT_TRANSPOSED,
    /** Heads in reverse order. */
    HEADS_REVERSED,
    /** Each head in the place of the next. */
    HEADS_TURNED,
    /** Neighbouring heads exchanged. */
    HEADS_SWAPPED,
    /** The smaller two of every four elements of a weight's row are zero. */
    WEIGHT_HALF_ZERO,
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

  /**
   * The weights of two stages, kept as one, taken apart otherwise than they were put together.
   *
   * @param rows that stay together
   * @param dealt true if they stood one above the other and were taken in turn, false if they stood
   *     in turn and were cut in the middle
   */
  record FusedOtherwise(String a, String b, int rows, boolean dealt) implements OtherFunction {}

  /** The weight of the same stage in another layer. */
  record LayerOf(int layer) implements OtherFunction {}

  /** The weights of two stages exchanged. */
  record WeightsSwapped(String a, String b) implements OtherFunction {}

  /** Another stage's result in place of the input. */
  record InputOf(String stage) implements OtherFunction {}

  /** A rotation of a part of each head. */
  record PartlyRotated(double share) implements OtherFunction {}

  /** So many rotary frequencies that follow each of the three positions. */
  record Sections(List<Integer> used, Axes axes) implements OtherFunction {
    /** The list is copied. */
    public Sections {
      used = List.copyOf(used);
    }
  }

  /**
   * Rotary frequencies that are the model's times factors between these.
   *
   * @param changed how many are told from the model's by what is stored
   * @param size what cosines and sines are times beside it; 1 if nothing
   */
  record Frequencies(double least, double most, int changed, double size)
      implements OtherFunction {}

  /** Query heads, and the key heads that they use, in this order. */
  record Heads(List<Integer> queries, List<Integer> keys) implements OtherFunction {
    /** The lists are copied. */
    public Heads {
      queries = List.copyOf(queries);
      keys = List.copyOf(keys);
    }
  }

  /**
   * Embeddings of other token ids than the prompt's.
   *
   * @param token the first such token
   * @param used its id as the embedding has it
   * @param given its id in the prompt
   * @param count of such tokens
   */
  record TokenIds(int token, long used, long given, int count) implements OtherFunction {}

  /** Query heads in another order, keys and values in the model's. */
  record QueryHeads(List<Integer> order) implements OtherFunction {
    /** The list is copied. */
    public QueryHeads {
      order = List.copyOf(order);
    }
  }

  /**
   * One element of a weight.
   *
   * @param row of the weight [N, K]
   * @param column of it
   * @param used its value as the product shows it
   * @param model its value in the checkpoint
   */
  record WeightElement(int row, int column, double used, double model) implements OtherFunction {}

  /**
   * A product that is off by a matrix of low rank.
   *
   * @param rank of that matrix
   */
  record LowRank(int rank) implements OtherFunction {}

  /**
   * Tokens that hold zeros or what other tokens should.
   *
   * @param token the first of them
   * @param tokens how many there are
   * @param source the token whose values the first one holds; empty for zeros
   * @param heads in how many heads
   * @param all heads; 1 of what is not kept by heads
   */
  record Held(int token, int tokens, Optional<Integer> source, int heads, int all)
      implements OtherFunction {}

  /**
   * Elements of a norm's weight.
   *
   * @param channel the first of them
   * @param used its value as the norm shows it
   * @param model its value in the checkpoint
   * @param count of them
   * @param all elements
   */
  record NormWeight(int channel, double used, double model, int count, int all)
      implements OtherFunction {}

  /** Channel i of a norm is multiplied by the element of channel i - by. */
  record NormWeightMoved(int by) implements OtherFunction {}

  /** A term more in the softmax's denominator. */
  record Sink(double term) implements OtherFunction {}

  /** Scores that are cut off at a magnitude. */
  record ScoresClamped(double at) implements OtherFunction {}

  /** Keys that a mask should hide have this added to their scores. */
  record WeakMask(double added) implements OtherFunction {}

  /** Scores that are less by a slope for each token that the key is farther. */
  record LessByDistance(double slope) implements OtherFunction {}

  /** The first keys are seen by the first queries alone. */
  record BlindToTheFirst(int keys) implements OtherFunction {}

  /** A window of so many keys, beside which the first ones are seen. */
  record WindowBesideTheFirst(int keys, int first) implements OtherFunction {}

  /** A result times a factor. */
  record Scaled(double factor) implements OtherFunction {}

  /** The second term of a sum times a factor. */
  record TermScaled(double factor) implements OtherFunction {}

  /** Inputs that are cut off at a magnitude. */
  record InputClamped(double at) implements OtherFunction {}

  /** Inputs that are cut off above. */
  record InputCapped(double most) implements OtherFunction {}

  /** x times a logistic function of {@code slope} x, in place of silu. */
  record Swish(double slope) implements OtherFunction {}

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

  /** Several visual features added to one state. */
  record FeaturesTogether(List<String> used) implements OtherFunction {
    /** The list is copied. */
    public FeaturesTogether {
      used = List.copyOf(used);
    }
  }

  /** The embeddings of visual tokens times a factor. */
  record VisualScaled(double factor) implements OtherFunction {}

  /** x where it is positive, {@code slope} x elsewhere, in place of silu. */
  record LeakyRelu(double slope) implements OtherFunction {}

  /** Results that are cut off at a magnitude. */
  record Clamped(double at) implements OtherFunction {}

  /** An operand or the result of a stage in fewer bits than it is given in. */
  record Narrowed(Operand operand, Grid grid) implements OtherFunction {}

  /** A matrix of a product. */
  enum Operand {
    /** x. */
    INPUT,
    /** w. */
    WEIGHT,
    /** y. */
    RESULT,
    /** Of attention. */
    PROBABILITIES
  }

  /** What values were rounded to. */
  enum Grid {
    /** Float8 with 4 exponent bits. */
    E4M3,
    /** Float8 with 5 exponent bits. */
    E5M2,
    /** Float8 with 4 exponent bits, after a scale of the whole matrix. */
    E4M3_SCALED,
    /** 8-bit integers, each row with its own step. */
    INT8_BY_ROW,
    /** 4-bit integers, each row with its own step. */
    INT4_BY_ROW,
    /** 4-bit integers, each 32 columns of a row with their own step. */
    INT4_BY_32,
    /** Float8 with 4 exponent bits, after a scale of each row. */
    E4M3_BY_ROW,
    /** 4-bit integers, each 64 columns of a row with their own step. */
    INT4_BY_64,
    /** 4-bit integers, each 128 columns of a row with their own step. */
    INT4_BY_128,
    /** 8-bit integers, one step for the whole matrix. */
    INT8_BY_TENSOR,
    /** 4-bit integers between the least and the largest of 32 columns of a row. */
    INT4_ZERO_BY_32,
    /** 4-bit integers between the least and the largest of 64 columns of a row. */
    INT4_ZERO_BY_64,
    /** 4-bit integers between the least and the largest of 128 columns of a row. */
    INT4_ZERO_BY_128,
    /** Float8 with 4 exponent bits, after a scale of each 128 rows and columns. */
    E4M3_BY_BLOCK,
    /** Float4 with 2 exponent bits, each 32 columns of a row with a power of two (OCP MXFP4). */
    MXFP4,
    /** Quantiles of normal numbers, each 64 columns of a row by their largest magnitude (NF4). */
    NF4_BY_64
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

  /**
   * A norm's epsilon, added to the root.
   *
   * @param model added to the mean square
   */
  record EpsilonOutside(double used, double model) implements OtherFunction {}

  /** Attention that sees this many keys at most, the query's own included. */
  record Window(int keys) implements OtherFunction {}

  /** Attention inside chunks of this many tokens. */
  record Chunks(int tokens) implements OtherFunction {}

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
  record Rotary(double base, double model, Axes axes, int late) implements OtherFunction {}

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
}
