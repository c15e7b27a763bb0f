package org.bitref.cli.words;

import org.bitref.diagnose.OtherFunction.Known;

/** Changes of a model's function that need no figures, in words. */
final class KnownFunctionWords {
  private KnownFunctionWords() {}

  static String of(Known known) {
    return switch (known) {
      case EPSILON_OUTSIDE_THE_ROOT -> "epsilon outside the root";
      case ONE_PLUS_WEIGHT -> "the weight 1 + w (Gemma's) instead of w";
      case GELU -> "GELU instead of SiLU";
      case GELU_TANH -> "GELU by tanh instead of SiLU";
      case RELU -> "ReLU instead of SiLU";
      case QUICK_GELU -> "the quick GELU (x times the sigmoid of 1.702 x) instead of SiLU";
      case NOT_ACTIVATED -> "no activation instead of SiLU";
      case SILU -> "SiLU instead of GELU";
      case STEEP_SILU -> "x times the sigmoid of 2 x instead of SiLU";
      case RELU_SQUARED -> "the square of ReLU instead of SiLU";
      case SIGMOID -> "the sigmoid instead of SiLU";
      case TANH -> "tanh instead of SiLU";
      case SOFTPLUS -> "softplus instead of SiLU";
      case SILU_TWICE -> "SiLU twice";
      case HARD_SWISH -> "hard swish instead of SiLU";
      case MISH -> "Mish instead of SiLU";
      case ELU -> "ELU instead of SiLU";
      case SOFTSIGN -> "softsign instead of SiLU";
      case ONE_PLUS_FACTOR -> "its product with up + 1 instead of up";
      case SUM_OF_FACTORS -> "the sum of its factors instead of their product";
      case NOT_ADDED -> "the second term of its sum (a deepstack feature, a residual) left out";
      case NO_RESIDUAL -> "the residual (the first term of its sum) left out";
      case ADDED_TWICE -> "the second term of its sum (a deepstack feature, a branch) added twice";
      case RESIDUAL_TWICE -> "the residual (the first term of its sum) added twice";
      case SUBTRACTED -> "the second term of its sum subtracted";
      case LAYER_SKIPPED -> "the layer left out: its result is its input";
      case PARALLEL_BLOCK -> "attention and MLP in parallel, both from the layer's input";
      case NORMS_BEHIND -> "norms behind attention and MLP instead of before them";
      case FEATURES_ON_OTHER_ROWS -> "the deepstack feature one row off the visual tokens";
      case FEATURES_REVERSED -> "the deepstack feature's rows in reverse order";
      case EMBEDDING_SCALED -> "embeddings times the root of their width (Gemma's)";
      case EMBEDDING_NORMED -> "embeddings over their root mean square";
      case FIRST_FEATURE_FOR_ALL -> "the deepstack feature's first row on all visual tokens";
      case NO_VISUAL_EMBEDDINGS -> "the embeddings of visual tokens not put in";
      case VISUAL_EMBEDDINGS_ON_OTHER_ROWS -> "the embeddings of visual tokens one row off";
      case NORM_SKIPPED -> "the norm left out";
      case NO_NORM_WEIGHT -> "the norm without its weight";
      case NORM_WEIGHT_REVERSED -> "the norm's weight in reverse order";
      case LAYER_NORM -> "LayerNorm (the mean taken away) instead of RMSNorm";
      case SUM_OF_SQUARES -> "a norm by the sum of squares instead of their mean";
      case NORM_OF_ALL_HEADS -> "one norm over all heads instead of one a head";
      case PAIRS -> "rotary pairs of neighbours (GPT-J) instead of halves";
      case ROTATED_BACKWARDS -> "the rotary sine with the other sign";
      case NOT_ROTATED -> "no rotary positions";
      case ROTATED_TWICE -> "rotary positions applied twice";
      case COSINE_AND_SINE_EXCHANGED -> "the rotary cosine and sine exchanged";
      case POSITIONS_OF_THE_TOKEN_BEFORE -> "rotated by the positions of the token before";
      case POSITIONS_OF_THE_TOKEN_BEHIND -> "rotated by the positions of the token behind";
      case HEIGHT_AND_WIDTH_SWAPPED -> "height and width of the positions exchanged";
      case POSITIONS_ZERO -> "all positions 0";
      case POSITIONS_COUNTED -> "positions 0, 1, 2, ... instead of position_ids";
      case TEXT_ONE_LATE -> "positions of the text behind the image one more than position_ids";
      case TEXT_ONE_EARLY -> "positions of the text behind the image one less than position_ids";
      case TEXT_RESTARTS -> "positions of the text behind the image that start at 0 again";
      case TEXT_COUNTS_TOKENS ->
          "positions of the text behind the image that count the image's tokens";
      case FREQUENCIES_IN_BF16 -> "rotary frequencies rounded to bfloat16";
      case NOT_CAUSAL -> "no causal mask";
      case SEES_THE_NEXT_KEY -> "a causal mask one key late: each query sees the next key";
      case BLIND_TO_ITSELF -> "a causal mask one key early: no query sees its own key";
      case BLIND_TO_THE_FIRST -> "the first token masked";
      case BLIND_TO_THE_IMAGE -> "the image masked for the text behind it";
      case PREFIX_SEES_ITSELF -> "no causal mask up to the end of the image";
      case ALIBI -> "scores less the farther the key is, by ALiBi's slope of each head";
      case PADDING_SEEN -> "padding not masked";
      case VISUAL_TOKENS_SEE_EACH_OTHER -> "visual tokens that see each other in both directions";
      case KEY_HEADS_ALTERNATE ->
          "key heads tiled (0 1 0 1) over the query heads instead of repeated (0 0 1 1)";
      case FIRST_KEY_HEAD_FOR_ALL -> "the first key head for all query heads";
      case KEY_HEADS_REVERSED -> "key heads in reverse order";
      case KEYS_AND_VALUES_SWAPPED -> "keys and values exchanged";
      case KEYS_LATE -> "keys of the token before";
      case VALUES_LATE -> "values of the token before";
      case KEYS_OF_OTHER_HEADS -> "keys of other heads, beside values of their own";
      case VALUES_OF_OTHER_HEADS -> "values of other heads, beside keys of their own";
      case FIRST_VALUE_HEAD_FOR_ALL -> "the first value head for all query heads";
      case HEADS_NOT_TRANSPOSED -> "heads joined without the transposition to tokens";
      case HEADS_REVERSED -> "heads in reverse order";
      case HEADS_TURNED -> "heads moved by one";
      case HEADS_SWAPPED -> "neighbouring heads exchanged";
      case WEIGHT_HALF_ZERO -> "its weight pruned to the larger 2 of every 4 elements";
      case WEIGHT_TRANSPOSED -> "the weight transposed";
      case WEIGHT_ROWS_FOR_PAIRS -> "rows of the weight in the order for rotary pairs (GPT-J)";
      case WEIGHT_ROWS_FOR_HALVES -> "rows of the weight in the order for rotary halves";
    };
  }
}
