package org.bitref.loaders.file;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.bitref.Text;

/** Names that somebody may have meant. */
public final class Nearest {
  private static final int SHOWN = 3;
  private static final int MOST = 2000;
  private static final int LONGEST = 120;

  private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

  private Nearest() {}

  /** The nearest of the known names, in quotes; a text for when there is none. */
  public static String of(String wanted, Collection<String> known) {
    String cut = cut(wanted);
    // Enough for every model's names of one layer; a hostile file has more.
    List<String> nearest =
        known.stream()
            .limit(MOST)
            .sorted(Comparator.comparingInt(name -> DISTANCE.apply(cut, cut(name))))
            .limit(SHOWN)
            .toList();
    return nearest.isEmpty()
        ? "none"
        : nearest.stream().map(Text::quote).collect(Collectors.joining(", "));
  }

  private static String cut(String name) {
    return name.substring(0, Math.min(name.length(), LONGEST));
  }
}
