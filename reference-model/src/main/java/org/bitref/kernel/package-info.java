/**
 * What every product needs, whatever its recipe: operands, a kernel's one method, and the threads
 * that share its outputs.
 */
package org.bitref.kernel;
