package org.bitref.search;

import java.util.List;

/**
 * Where the captured rows and columns sat in the full product.
 *
 * @param rows one index for each captured row
 * @param columns one index for each captured column
 */
public record Placement(List<Long> rows, List<Long> columns) {
  public Placement {
    rows = List.copyOf(rows);
    columns = List.copyOf(columns);
  }
}
