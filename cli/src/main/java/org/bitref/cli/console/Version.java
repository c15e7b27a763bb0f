package org.bitref.cli.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.bitref.kernel.blocked.Kernels;
import picocli.CommandLine.IVersionProvider;

/** The version of the program; {@code unknown} where the build did not know it. */
public final class Version implements IVersionProvider {
  /** For example {@code 0.1.0}. */
  public static final String BITREF = read("version");

  /**
   * Start of the hash of the commit that was built, with {@code -dirty} if files differed from it.
   */
  public static final String COMMIT = read("commit");

  /** What {@code --version} prints. */
  @Override
  public String[] getVersion() {
    return new String[] {
      "bitref " + BITREF + ", commit " + COMMIT,
      "Java " + Runtime.version() + " (" + System.getProperty("os.arch") + ")",
      "Vectors: " + Kernels.describe()
    };
  }

  private static String read(String key) {
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      String value = properties.getProperty(key);
      return value.isEmpty() || value.startsWith("$") ? "unknown" : value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
