package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bitref.cli.compare.KvTokens.Block;
import org.bitref.cli.compare.KvTokens.Head;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;

/** Where along the tokens caches differ, for people. */
final class KvTokensText {
  /** Columns of heads that fit beside a layer's number. */
  private static final int COLUMNS = 8;

  /** Rows of blocks shown in full; half of them on one screen. */
  private static final int BLOCKS = 12;

  private KvTokensText() {}

  static void write(Lines text, KvTokens tokens, boolean inFull) {
    if (inFull) {
      for (String side : List.of("k", "v")) {
        for (Table<?> heads : heads(tokens, side)) {
          text.table(heads);
          text.blank();
        }
      }
    }
    if (inFull || tokens.first().isPresent()) {
      text.table(blocks(tokens, inFull ? BLOCKS : BLOCKS / 2));
      text.blank();
    }
    text.paragraph(summary(tokens));
    text.blank();
  }

  /** Blocks over all heads, evenly spread ones if they are more than that. */
  static Table<Block> blocks(KvTokens tokens, int rows) {
    List<Block> blocks = tokens.overall();
    int step = Math.max(1, (blocks.size() + rows - 1) / rows);
    return Table.of(
            blocks.stream()
                .filter(b -> b.from() / tokens.size() % step == 0 || b.equals(blocks.getLast()))
                .toList())
        .column("tokens", KvTokensText::range)
        .column("unequal", Block::unequal)
        .column("mean |A-B|", b -> Numbers.brief(b.meanAbs()))
        .column("max", b -> Numbers.brief(b.maxAbs()));
  }

  /** The first token that differs, of each layer and head. */
  static List<Table<?>> heads(KvTokens tokens, String side) {
    Map<Integer, List<Head>> layers =
        tokens.heads().stream()
            .filter(head -> head.side().equals(side))
            .collect(Collectors.groupingBy(Head::layer, TreeMap::new, Collectors.toList()));
    int heads = layers.values().stream().mapToInt(List::size).max().orElse(0);
    List<Table<?>> tables = new ArrayList<>();
    for (int from = 0; from < heads; from += COLUMNS) {
      Table<Map.Entry<Integer, List<Head>>> table =
          Table.of(List.copyOf(layers.entrySet()))
              .column(side.equals("k") ? "K, first token" : "V, first token", Map.Entry::getKey);
      for (int head = from; head < Math.min(heads, from + COLUMNS); head++) {
        int number = head;
        table.column("head " + number, layer -> first(layer.getValue(), number));
      }
      tables.add(table);
    }
    return tables;
  }

  private static String first(List<Head> heads, int number) {
    return number < heads.size() ? heads.get(number).first().map(String::valueOf).orElse("-") : "-";
  }

  /** {@code 16-31}. */
  private static String range(Block block) {
    return block.from() + "-" + block.to();
  }

  /** Where the difference starts, and what becomes of it. */
  static String summary(KvTokens tokens) {
    if (tokens.first().isEmpty()) {
      return "Tokens: no head differs at any.";
    }
    int first = tokens.first().get();
    List<Block> blocks = tokens.overall();
    Block start = blocks.stream().filter(block -> block.to() >= first).findFirst().orElseThrow();
    Block worst = blocks.stream().max(Comparator.comparingDouble(Block::meanAbs)).orElseThrow();
    String where =
        tokens.heads().stream()
            .filter(head -> head.first().filter(token -> token == first).isPresent())
            .findFirst()
            .map(
                head ->
                    "layer %s, %s, head %s"
                        .formatted(head.layer(), head.side().equals("k") ? "K" : "V", head.head()))
            .orElseThrow();
    return ("Tokens: the first that differs is %s (%s). Over all heads the mean |A-B| goes from %s"
            + " (tokens %s) to %s (tokens %s); largest %s (tokens %s).")
        .formatted(
            first,
            where,
            Numbers.brief(start.meanAbs()),
            range(start),
            Numbers.brief(blocks.getLast().meanAbs()),
            range(blocks.getLast()),
            Numbers.brief(worst.meanAbs()),
            range(worst));
  }
}
