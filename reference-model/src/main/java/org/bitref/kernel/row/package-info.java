/** Norms, rotations, element-wise stages and the orders in which the terms of a row are added. */
package org.bitref.kernel.row;
