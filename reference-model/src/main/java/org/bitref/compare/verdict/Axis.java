package org.bitref.compare.verdict;

/** What an axis of a tensor counts. */
public enum Axis {
  BATCH,
  HEAD,
  TOKEN,
  CHANNEL,
  /** Of the experts that a token chose. */
  EXPERT,
  /** Of a tensor whose name says nothing. */
  ROW,
  /** Of a tensor whose name says nothing. */
  COLUMN
}
