package org.bitref.loaders.file;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.Text;

/** Files that another file names: they must lie in its folder, or below it. */
public final class InsideFolder {
  private InsideFolder() {}

  /**
   * The path of a file that {@code listing} names.
   *
   * @param listing the naming file; the result starts with its folder, as the user gave it
   * @param what what messages call the thing that lies in the file
   * @throws BadInputException if the name leads out of the folder or is no file name
   */
  public static Path resolve(Path listing, String what, String file, String remedy) {
    String named = what + " is said to lie in " + Text.quote(file);
    if (file.chars().anyMatch(Character::isISOControl)) {
      // Later messages name the file, and must not write to a terminal.
      throw new BadInputException(listing.toString(), named + ", which is no file name", remedy);
    }
    try {
      Path folder = listing.toAbsolutePath().normalize().getParent();
      Path relative = Path.of(file);
      Path inside = folder.resolve(relative).normalize();
      if (relative.isAbsolute() || !inside.startsWith(folder) || inside.equals(folder)) {
        throw new BadInputException(
            listing.toString(), named + ", outside the folder of this file", remedy);
      }
      return listing.resolveSibling(folder.relativize(inside));
    } catch (InvalidPathException e) {
      throw new BadInputException(listing.toString(), named + ", which is no file name", remedy, e);
    }
  }
}
