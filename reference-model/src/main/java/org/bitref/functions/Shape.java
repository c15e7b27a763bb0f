package org.bitref.functions;

/**
 * How one function is cut into segments and how wide its terms are. A fraction's high bits choose
 * the segment, its {@code lowBits} low bits are x, and the result is
 *
 * <pre>(c0·2^c0Shift + c1·x + c2·2^c2Shift·square(x·2^squareShift) + bias) &gt;&gt; outShift</pre>
 *
 * @param name the function: ex2, rcp, rsqrt, lg2 or sqrt
 * @param segments how many segments there are
 * @param lowBits the width of x
 * @param squareShift what x is shifted by before the 17-bit squarer
 * @param c0Shift the scale of the constant term
 * @param c2Shift the scale of the quadratic term
 * @param outShift the bits dropped at the end
 * @param bias the rounding constant
 */
record Shape(
    String name,
    int segments,
    int lowBits,
    int squareShift,
    int c0Shift,
    int c2Shift,
    int outShift,
    int bias) {}
