package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import org.bitref.explain.Reading;

/** Sentences on how the files of a capture were read. */
public final class ReadingWords {
  /** As many names as a line has room for. */
  private static final int SHOWN = 5;

  private ReadingWords() {}

  /** None where all was as expected. */
  public static List<String> of(Reading reading) {
    List<String> words = new ArrayList<>();
    reading
        .transposed()
        .forEach(
            (file, stages) ->
                words.add(
                    "%s: weights stored [K, N] were transposed: %s".formatted(file, some(stages))));
    reading
        .aside()
        .forEach((file, names) -> words.add("%s: left aside: %s".formatted(file, some(names))));
    return words;
  }

  /** Names with a comma between; of many the first. */
  public static String some(List<String> names) {
    String shown = String.join(", ", names.stream().limit(SHOWN).toList());
    int more = names.size() - SHOWN;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }
}
