package org.bitref.cli.explain;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.Nearest;
import org.bitref.loaders.map.NameMap;

/** What is said of a file in which no name means anything. */
final class UnknownNames {
  /** As many names as a message has room for. */
  private static final int SHOWN = 5;

  private UnknownNames() {}

  /**
   * An error that lists names of the file, the nearest known ones, and how to map one to another.
   *
   * @param what the file should hold, without an article
   * @param known names that would do
   * @param example one of them
   */
  static BadInputException in(
      String file, Collection<String> names, String what, List<String> known, String example) {
    List<String> shown = names.stream().limit(SHOWN).map(Text::quote).toList();
    String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
    String nearest =
        names.stream()
            .findFirst()
            .map(
                first ->
                    ": its names are %s%s; the nearest to the first are %s"
                        .formatted(String.join(", ", shown), more, Nearest.of(first, known)))
            .orElse("; it is empty");
    return new BadInputException(
        file,
        "holds no " + what + nearest,
        fitting(names)
            .orElse(
                "Give --map M.json with rules such as {\"from\": \"NAME\", \"to\": \"%s\"}; see maps.md in the documentation."
                    .formatted(example)));
  }

  /** The map of those that come with bitref that knows most of these names. */
  private static Optional<String> fitting(Collection<String> names) {
    record Fit(String map, long known) {}
    return NameMap.builtIn().stream()
        .map(map -> new Fit(map, NameMap.load(map).known(names)))
        .filter(fit -> fit.known > 0)
        .max(Comparator.comparingLong(Fit::known))
        .map(
            fit ->
                "Give --map %s, which knows %s of its %s names."
                    .formatted(fit.map, fit.known, names.size()));
  }
}
