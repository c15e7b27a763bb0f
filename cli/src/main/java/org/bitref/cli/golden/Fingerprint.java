package org.bitref.cli.golden;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.codec.digest.DigestUtils;
import org.bitref.cli.console.Json;
import org.bitref.kernel.Workers;
import org.bitref.tensor.TensorSource;

/**
 * What decides the result of a run, the weights aside: results of one run are used by another only
 * if theirs is the same.
 *
 * @param parts texts by what they are of: the recipe, the inputs, an option
 */
record Fingerprint(Map<String, String> parts) {
  private static final int SHORT = 16;

  /** Keeps the order. */
  Fingerprint {
    parts = new LinkedHashMap<>(parts);
  }

  /** SHA-256 of all of it, in hexadecimal. */
  String id() {
    return DigestUtils.sha256Hex(json());
  }

  /** The beginning of {@link #id}, for names of files. */
  String shortId() {
    return id().substring(0, SHORT);
  }

  /** The parts as a text. */
  String json() {
    return Json.text(parts);
  }

  /** What differs from another run. */
  Set<String> differences(Map<String, String> other) {
    Set<String> keys = new LinkedHashSet<>(parts.keySet());
    keys.addAll(other.keySet());
    keys.removeIf(key -> parts.getOrDefault(key, "").equals(other.getOrDefault(key, "")));
    return keys;
  }

  /** Names, types, shapes and hashes of these tensors. */
  static String tensors(TensorSource source, Collection<String> names, Workers workers) {
    return names.stream()
        .sorted()
        .map(name -> name + " " + BlockHash.of(BlockHash.Kind.CONTENT, source.read(name), workers))
        .collect(Collectors.joining("\n"));
  }
}
