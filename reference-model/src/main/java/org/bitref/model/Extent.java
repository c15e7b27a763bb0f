package org.bitref.model;

/**
 * How much a prefill computes.
 *
 * @param batch number of sequences
 * @param tokens new tokens of each
 * @param past tokens already in the cache
 */
public record Extent(int batch, int tokens, int past) {}
