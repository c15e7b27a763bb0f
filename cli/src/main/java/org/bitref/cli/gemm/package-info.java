/** {@code bitref gemm}: one matrix product under a recipe. */
package org.bitref.cli.gemm;
