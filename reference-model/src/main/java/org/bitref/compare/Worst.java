package org.bitref.compare;

import java.util.List;

/**
 * One element where two tensors differ much.
 *
 * @param at its index on every axis, outermost first
 * @param a its value on the A side, as stored
 * @param b its value on the B side, as stored
 * @param aBits the stored word of {@code a}, in hexadecimal
 * @param bBits the stored word of {@code b}
 * @param ulp distance in representable numbers of the coarser format
 */
public record Worst(List<Long> at, double a, double b, String aBits, String bBits, long ulp) {}
