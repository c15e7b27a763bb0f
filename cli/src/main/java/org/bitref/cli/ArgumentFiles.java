package org.bitref.cli;

import java.io.IOException;
import java.io.StreamTokenizer;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.cli.console.TextFile;

/**
 * Arguments {@code @FILE}, replaced by the words in the file, in the syntax of picocli: quotes of
 * both kinds, comments from {@code #} on, {@code @@} for one {@code @}, files in files. picocli
 * would read whatever it is given, without an end or without a limit.
 */
final class ArgumentFiles {
  /** picocli copies the words that are left for each that it takes. */
  private static final int MOST_WORDS = 2048;

  private final List<String> words = new ArrayList<>();
  private final Set<Path> read = new LinkedHashSet<>();

  private ArgumentFiles() {}

  /**
   * The arguments with the words of files; what names no file stays as it is.
   *
   * @throws BadInputException if a file cannot be read or is none, or holds too many words
   */
  static String[] expand(String... args) {
    List<String> all = new ArrayList<>();
    for (String arg : args) {
      ArgumentFiles one = new ArgumentFiles();
      one.add(arg);
      all.addAll(one.words);
    }
    return all.toArray(new String[0]);
  }

  private void add(String word) {
    if (word.startsWith("@@")) {
      words.add(word.substring(1));
    } else if (word.length() > 1 && word.startsWith("@") && exists(word.substring(1))) {
      Path file = Path.of(word.substring(1));
      if (read.add(file.toAbsolutePath())) {
        addAll(file, TextFile.read(file, "Name a file of arguments behind @."));
      }
    } else {
      words.add(word);
    }
  }

  private static boolean exists(String name) {
    try {
      return Files.exists(Path.of(name));
    } catch (InvalidPathException _) {
      return false;
    }
  }

  private void addAll(Path file, String text) {
    StreamTokenizer tokens = new StreamTokenizer(new StringReader(text));
    tokens.resetSyntax();
    tokens.wordChars(' ', 255);
    tokens.whitespaceChars(0, ' ');
    tokens.quoteChar('"');
    tokens.quoteChar('\'');
    tokens.commentChar('#');
    try {
      while (tokens.nextToken() != StreamTokenizer.TT_EOF) {
        add(tokens.sval);
        if (words.size() > MOST_WORDS) {
          throw new BadInputException(
              file.toString(),
              "holds more than " + MOST_WORDS + " arguments",
              "Name a file of arguments behind @.");
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
