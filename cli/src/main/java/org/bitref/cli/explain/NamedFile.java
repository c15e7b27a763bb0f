package org.bitref.cli.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A file as a user gives it: {@code trt=a.npz}, or {@code a.npz}, which is called like the file. So
 * is a file that is there and holds a sign of equality in its name.
 *
 * @param name before the sign of equality
 */
public record NamedFile(Optional<String> name, Path path) {
  private static final Pattern NAMED = Pattern.compile("([^=/\\\\]*)=(.*)");

  /** Reads an argument. */
  public static final class Converter implements ITypeConverter<NamedFile> {
    @Override
    public NamedFile convert(String text) {
      Matcher named = NAMED.matcher(text);
      if (!named.matches() || Files.exists(Path.of(text))) {
        return new NamedFile(Optional.empty(), Path.of(text));
      }
      if (named.group(1).isEmpty() || named.group(2).isEmpty()) {
        throw new TypeConversionException(
            "'%s' is no NAME=FILE; a file whose name holds = is written ./%s"
                .formatted(text, text));
      }
      return new NamedFile(Optional.of(named.group(1)), Path.of(named.group(2)));
    }
  }

  /** True if it was given this name. */
  public boolean is(String other) {
    return name.filter(other::equals).isPresent();
  }
}
