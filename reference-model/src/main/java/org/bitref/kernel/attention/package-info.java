/** Softmax and attention, as one product of scores after another or tile by tile. */
package org.bitref.kernel.attention;
