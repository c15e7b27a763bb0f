package org.bitref.cli.dump;

import java.util.Collection;
import org.bitref.Text;
import org.bitref.cli.console.UsageException;
import org.bitref.loaders.file.Nearest;

/** Systems of a capture, as options name them. */
public final class SystemNames {
  private SystemNames() {}

  /**
   * Refuses what is no system of a capture.
   *
   * @throws UsageException which gives the nearest names
   */
  public static void check(String option, Collection<String> asked, Collection<String> systems) {
    for (String name : asked) {
      if (!systems.contains(name)) {
        throw UsageException.value(
            option,
            "no system is called %s; the nearest names are %s"
                .formatted(Text.quote(name), Nearest.of(name, systems)));
      }
    }
  }
}
