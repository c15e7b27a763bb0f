/**
 * Inputs that make a device show its special functions, softmax and norm, and the reading of what
 * it answers.
 */
package org.bitref.probe.function;
