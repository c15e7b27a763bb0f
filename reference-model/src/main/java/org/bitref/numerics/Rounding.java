package org.bitref.numerics;

/** Where a value goes that lies between two neighbours of the target format. */
public enum Rounding {
  /** To the nearer one; a tie goes to the neighbour with an even last bit. */
  RNE,
  /** To the neighbour nearer to zero. */
  RZ,
  /** To the nearer one; a tie goes away from zero. */
  RNA
}
