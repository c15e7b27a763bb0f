package org.bitref.experiment;

import java.util.Optional;

/** Keeps finished cells by their key. */
public interface CellStore {
  /** The difference kept under this key. */
  Optional<Difference> find(String key);

  /** Keeps a difference, whole or not at all. */
  void put(String key, String recipe, Difference difference);
}
