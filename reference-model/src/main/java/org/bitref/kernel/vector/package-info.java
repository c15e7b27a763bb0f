/**
 * The innermost loops with {@code jdk.incubator.vector}, which nothing else may touch; {@link
 * org.bitref.kernel.vector.VectorLoops} is the only way in.
 */
package org.bitref.kernel.vector;
