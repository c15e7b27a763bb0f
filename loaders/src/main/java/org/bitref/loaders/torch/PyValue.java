package org.bitref.loaders.torch;

import java.util.List;
import java.util.Map;
import org.bitref.loaders.file.Strided;
import org.bitref.tensor.DType;

/** What a pickle may build: data, and the few names that data needs. Nothing here can be run. */
sealed interface PyValue {

  /** A string. */
  record Text(String text) implements PyValue {}

  /** A whole number that a long holds. */
  record Whole(long value) implements PyValue {}

  /** None, a truth value, a float, a larger whole number, bytes: as text, and never looked into. */
  record Scalar(String text) implements PyValue {}

  /** A list, tuple or set; a list grows while the pickle is read. */
  record Items(List<PyValue> items) implements PyValue {}

  /** A dict by its keys' text; it grows while the pickle is read. */
  record Dict(Map<String, PyValue> entries) implements PyValue {}

  /** A function or class from the allow-list. */
  enum Callable implements PyValue {
    REBUILD_TENSOR,
    REBUILD_PARAMETER,
    ORDERED_DICT,
    SIZE
  }

  /**
   * A storage class, or a torch.dtype.
   *
   * @param untyped true for the class of storages that count bytes
   */
  record ElementType(DType dtype, boolean untyped) implements PyValue {}

  /**
   * A block of numbers in the archive.
   *
   * @param key its member's name under {@code data/}
   * @param elements its length, in elements of {@code type}
   */
  record Storage(String key, ElementType type, long elements) implements PyValue {}

  /** A tensor as a view of a storage, checked to lie inside. */
  record View(Storage storage, DType dtype, Strided elements) implements PyValue {}
}
