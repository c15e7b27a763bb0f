package org.bitref.kernel.attention;

/**
 * Queries [first, end), all of one chunk, of the heads that share a head of keys and values. Its
 * rows are those of its first head, then of the next.
 *
 * @param batchKv counts the heads of keys of all sequences
 */
record AttentionPiece(AttentionSizes sizes, int batchKv, int first, int end) {
  int rows() {
    return sizes.group() * queries();
  }

  int queries() {
    return end - first;
  }

  int batch() {
    return batchKv / sizes.kvHeads();
  }

  /** The head of the {@code i}-th of the piece. */
  int head(int i) {
    return batchKv % sizes.kvHeads() * sizes.group() + i;
  }

  /** How many keys the chunk's rows have. */
  int keys() {
    return sizes.keys() - sizes.queries() + sizes.chunkEnd(first);
  }

  /** Rows of the matrix that one softmax takes: the chunk's of all heads. */
  long matrixRows() {
    return (long) sizes.batch() * sizes.heads() * chunkRows();
  }

  /** Where in that matrix a row of the piece lies. */
  long matrixRow(int r) {
    long batchHead = (long) batch() * sizes.heads() + head(r / queries());
    return batchHead * chunkRows() + first % sizes.chunk() + r % queries();
  }

  private int chunkRows() {
    return sizes.chunkEnd(first) - first / sizes.chunk() * sizes.chunk();
  }

  /** The last key that a row may see. */
  int lastSeen(int r) {
    return sizes.keys() - sizes.queries() + first + r % queries();
  }

  /** The last key that any row may see. */
  int lastSeen() {
    return lastSeen(queries() - 1);
  }
}
