/**
 * Inputs that make a device show how it computes a matrix product, and the reading of what it
 * answers.
 *
 * <p>The order of a sum is found with cancellations, as P. Xie et al. do ("FPRev", arXiv
 * 2411.00442): two huge products that cancel swallow every small product that is added before they
 * meet. Each output holds several small products of different powers of two, so that one output
 * answers several such questions.
 */
package org.bitref.probe;
