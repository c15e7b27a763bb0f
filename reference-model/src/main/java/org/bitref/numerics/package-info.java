/**
 * Number formats as rows of integers, rounding into them, and exact arithmetic: {@link
 * org.bitref.numerics.Format} and {@link org.bitref.numerics.WideAccumulator} first.
 */
package org.bitref.numerics;
