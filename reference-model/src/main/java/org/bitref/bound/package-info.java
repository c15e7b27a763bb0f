/**
 * What rounding can do: how far a right implementation may be from the exact result, for stages as
 * they are stored and for families of arithmetic.
 */
package org.bitref.bound;
