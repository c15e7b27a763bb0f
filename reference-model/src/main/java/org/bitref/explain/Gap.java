package org.bitref.explain;

import java.util.List;
import org.bitref.tensor.Shape;

/**
 * Why a captured stage cannot be computed again: what its computation needs and a capture lacks.
 */
public sealed interface Gap {
  /** A result of another stage. */
  record Input(String stage) implements Gap {}

  /** Some values of the input of a norm. */
  record Values(long captured, long needed) implements Gap {}

  /** Rows of the norm's width do not make the output. */
  record Width(long width, Shape y) implements Gap {}

  /** Some values of the input of a product. */
  record Factor(Shape x, Shape w, Shape y) implements Gap {}

  /** The rotary table is not of these tokens. */
  record Tokens(long ofTable, Shape x) implements Gap {}

  /** The attention mask is not of these keys. */
  record Mask(Shape mask) implements Gap {}

  /** The tensors hold different columns, and nothing tells which. */
  record Columns(List<Shape> shapes) implements Gap {
    /** The list is copied. */
    public Columns {
      shapes = List.copyOf(shapes);
    }
  }

  /** Without figures. */
  enum Other implements Gap {
    /** It is an input of the capture itself. */
    GIVEN,
    /** It is a table made from positions. */
    TABLE,
    /** Its weight. */
    WEIGHT,
    /** Some values of its input. */
    PART,
    /** Some queries or keys. */
    QUERIES_OR_KEYS,
    /** What earlier calls left in the cache. */
    EARLIER_TOKENS,
    /** Which rows are visual tokens. */
    VISUAL_MASK
  }
}
