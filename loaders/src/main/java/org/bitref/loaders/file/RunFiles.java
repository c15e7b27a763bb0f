package org.bitref.loaders.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.bitref.BadInputException;

/**
 * The files that one run reads, and those that it is going to write. Whatever opens a file says so
 * here, and so does whatever is told the name of an output: where the two meet, the run is refused
 * before anything is lost. A file is known by what it is, under any name. Outside of a run, as in a
 * program that only uses the readers, nothing is noted and nothing refused.
 */
public final class RunFiles {
  private static final ScopedValue<RunFiles> RUN = ScopedValue.newInstance();

  private final Set<Path> inputs = new LinkedHashSet<>();
  private final Set<Listing> listings = new LinkedHashSet<>();
  private final Set<Path> outputs = new LinkedHashSet<>();
  private final Set<Path> folders = new LinkedHashSet<>();
  private final Set<String> noted = new HashSet<>();
  private final Consumer<String> notes;

  /** All files of a folder under names that end so were read as one. */
  private record Listing(Path folder, String end) {}

  private RunFiles(Consumer<String> notes) {
    this.notes = notes;
  }

  /** A run: everything that {@code body} reads and writes in this thread. */
  public static <T, X extends Throwable> T run(ScopedValue.CallableOp<T, X> body) throws X {
    return run(_ -> {}, body);
  }

  /**
   * The same, telling its user what was read otherwise than one may expect.
   *
   * @param notes takes lines, each once
   */
  public static <T, X extends Throwable> T run(
      Consumer<String> notes, ScopedValue.CallableOp<T, X> body) throws X {
    return ScopedValue.where(RUN, new RunFiles(notes)).call(body);
  }

  /** For what a run reads of its own earlier output, and may replace: it is no input. */
  public static <T, X extends Throwable> T notInputs(ScopedValue.CallableOp<T, X> body) throws X {
    return run(body);
  }

  private static Optional<RunFiles> current() {
    return RUN.isBound() ? Optional.of(RUN.get()) : Optional.empty();
  }

  /**
   * Notes an input.
   *
   * @throws BadInputException if it is one of the outputs, or lies in a folder that is one
   */
  public static void reads(Path file) {
    current().ifPresent(run -> run.input(file));
  }

  /**
   * Notes that all visible files of this folder whose names end so are one input.
   *
   * @throws BadInputException if one of the outputs would be among them
   */
  public static void readsAll(Path folder, String end) {
    current().ifPresent(run -> run.listing(new Listing(folder, end)));
  }

  /**
   * Notes an output, which need not be there yet.
   *
   * @throws BadInputException if it is an input, would become a part of one, or is an output that
   *     was named before
   */
  public static void writes(Path file) {
    current().ifPresent(run -> run.output(file));
  }

  /**
   * Notes a folder whose files are replaced or deleted.
   *
   * @throws BadInputException if an input or another output lies in it
   */
  public static void replaces(Path folder) {
    current().ifPresent(run -> run.folder(folder));
  }

  /** Notes that what is read of a folder is {@code read}, and none of the other files. */
  public static void leavesAside(Path folder, Path read, List<Path> others) {
    if (!others.isEmpty()) {
      String names =
          String.join(", ", others.stream().map(f -> f.getFileName().toString()).toList());
      String line = "%s: left aside %s; read is %s".formatted(folder, names, read.getFileName());
      current().filter(run -> run.noted.add(line)).ifPresent(run -> run.notes.accept(line));
    }
  }

  private synchronized void input(Path file) {
    if (inputs.add(file.toAbsolutePath())) {
      outputs.forEach(output -> checkApart(output, file));
      folders.forEach(folder -> checkOutside(folder, file));
    }
  }

  private synchronized void listing(Listing listing) {
    listings.add(listing);
    outputs.forEach(output -> checkNotAmong(output, listing));
  }

  private synchronized void output(Path file) {
    inputs.forEach(input -> checkApart(file, input));
    listings.forEach(listing -> checkNotAmong(file, listing));
    if (outputs.stream().anyMatch(other -> same(file, other) || sameName(file, other))
        || folders.stream().anyMatch(folder -> place(file).startsWith(place(folder)))) {
      throw new BadInputException(
          file.toString(), "is named for two outputs", "Name a file of its own for each.");
    }
    outputs.add(file);
  }

  private synchronized void folder(Path folder) {
    inputs.forEach(input -> checkOutside(folder, input));
    outputs.forEach(
        output -> {
          if (place(output).startsWith(place(folder))) {
            throw new BadInputException(
                output.toString(), "is in a folder that is replaced", "Name another folder.");
          }
        });
    folders.add(folder);
  }

  private static void checkApart(Path output, Path input) {
    if (same(output, input)) {
      boolean spelled = output.toAbsolutePath().equals(input.toAbsolutePath());
      throw new BadInputException(
          output.toString(),
          "is also an input" + (spelled ? "" : ": it is the same file as " + input),
          "Name another file for the output; an input is never replaced.");
    }
  }

  private static void checkOutside(Path folder, Path input) {
    if (place(input).startsWith(place(folder))) {
      throw new BadInputException(
          folder.toString(),
          "is replaced and holds a file that is also an input: " + input,
          "Name another folder for the output.");
    }
  }

  private static void checkNotAmong(Path output, Listing listing) {
    String name = output.getFileName().toString();
    boolean inside = place(output).getParent().equals(place(listing.folder));
    if (inside && !name.startsWith(".") && name.endsWith(listing.end)) {
      throw new BadInputException(
          output.toString(),
          "would become a part of the input %s, of which all *%s are read"
              .formatted(listing.folder, listing.end),
          "Name a file in another folder.");
    }
  }

  private static boolean same(Path a, Path b) {
    try {
      return Files.exists(a) && Files.exists(b) && Files.isSameFile(a, b);
    } catch (IOException _) {
      // Neither can be opened either.
      return false;
    }
  }

  /** Names that differ by case alone are one file on many disks. */
  private static boolean sameName(Path a, Path b) {
    return place(a).toString().equalsIgnoreCase(place(b).toString());
  }

  /** Where a file is or would be, whatever links lead there. */
  private static Path place(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    try {
      return Files.exists(file)
          ? file.toRealPath()
          : absolute.getParent().toRealPath().resolve(absolute.getFileName());
    } catch (IOException _) {
      return absolute;
    }
  }
}
