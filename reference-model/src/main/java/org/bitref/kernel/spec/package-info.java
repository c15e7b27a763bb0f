/**
 * The executable specification: every recipe of a product interpreted as it is written, one output
 * after another. All faster kernels give its bits.
 */
package org.bitref.kernel.spec;
