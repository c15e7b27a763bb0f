package org.bitref.loaders.map;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.bitref.loaders.file.Text;

/** Names that somebody may have meant. */
final class Nearest {
  private static final int SHOWN = 3;
  private static final int MOST = 2000;
  private static final int LONGEST = 120;

  private Nearest() {}

  /** The nearest of the known names, in quotes; a text for when there is none. */
  static String of(String wanted, Collection<String> known) {
    String cut = cut(wanted);
    // Enough for every model's names of one layer; a hostile file has more.
    List<String> nearest =
        known.stream()
            .limit(MOST)
            .sorted(Comparator.comparingInt(name -> distance(cut, cut(name))))
            .limit(SHOWN)
            .toList();
    return nearest.isEmpty()
        ? "none"
        : nearest.stream().map(Text::quote).collect(Collectors.joining(", "));
  }

  private static String cut(String name) {
    return name.substring(0, Math.min(name.length(), LONGEST));
  }

  /** How many characters must be put in, taken out or changed to make one text of the other. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
