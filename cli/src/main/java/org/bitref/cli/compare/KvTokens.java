package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where along the tokens the K and V of two caches differ, head by head.
 *
 * @param size tokens of a block; the last one may have fewer
 */
record KvTokens(int size, List<Head> heads) {

  /**
   * K or V of a head of a layer.
   *
   * @param side {@code k} or {@code v}
   * @param first token that differs, in any sequence of the batch; empty if all are equal
   */
  record Head(int layer, String side, int head, Optional<Integer> first, List<Block> blocks) {}

  /**
   * Tokens from..to, both included, of all sequences of the batch.
   *
   * @param meanAbs mean |A - B|; infinite for NaN against a number
   */
  record Block(int from, int to, long unequal, double meanAbs, double maxAbs) {}

  /** A row of the table of all blocks. */
  record Row(
      int layer,
      String side,
      int head,
      int from,
      int to,
      long unequal,
      double meanAbs,
      double maxAbs) {}

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("block", size);
    json.put("first", first());
    json.put("summary", KvTokensText.summary(this));
    json.put("blocks", overall());
    json.put("heads", heads);
    return json;
  }

  /** The first token that differs in any head. */
  Optional<Integer> first() {
    return heads.stream().flatMap(head -> head.first().stream()).min(Integer::compare);
  }

  /** The blocks over all layers and heads, which all count alike. */
  List<Block> overall() {
    int blocks = heads.stream().mapToInt(head -> head.blocks().size()).max().orElse(0);
    return IntStream.range(0, blocks)
        .mapToObj(
            i ->
                all(
                    heads.stream()
                        .filter(head -> i < head.blocks().size())
                        .map(head -> head.blocks().get(i))
                        .toList()))
        .toList();
  }

  private static Block all(List<Block> parts) {
    return new Block(
        parts.getFirst().from(),
        parts.stream().mapToInt(Block::to).max().orElseThrow(),
        parts.stream().mapToLong(Block::unequal).sum(),
        parts.stream().mapToDouble(Block::meanAbs).average().orElseThrow(),
        parts.stream().mapToDouble(Block::maxAbs).max().orElseThrow());
  }

  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Head head : heads) {
      for (Block b : head.blocks()) {
        rows.add(
            new Row(
                head.layer(),
                head.side(),
                head.head(),
                b.from(),
                b.to(),
                b.unequal(),
                b.meanAbs(),
                b.maxAbs()));
      }
    }
    return rows;
  }
}
