/**
 * Softmax and attention, as one product of scores after another or tile by tile. What is computed
 * is an {@link org.bitref.kernel.attention.AttentionFunction}, how it is rounded a recipe.
 */
package org.bitref.kernel.attention;
