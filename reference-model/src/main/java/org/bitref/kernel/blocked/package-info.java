/**
 * Products fast: cut into blocks that fit the caches, around innermost loops that are written for
 * one kind of arithmetic each. {@link org.bitref.kernel.blocked.Kernels} chooses.
 */
package org.bitref.kernel.blocked;
