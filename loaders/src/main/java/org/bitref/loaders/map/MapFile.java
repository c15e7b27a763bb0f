package org.bitref.loaders.map;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.bitref.BadInputException;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.map.NameMap.Others;

/**
 * A map's JSON text: {@code rules}, and, all optional, {@code about} (a text), {@code include}
 * (names of built-in maps, or files beside this one, whose rules follow those of this one), {@code
 * ignore} (patterns), {@code others} ("error", "keep" or "drop"; "error" if not given) and {@code
 * keep_tokens} (how many of the first tokens every rule with a {@code tokens} axis keeps).
 */
final class MapFile {
  static final List<String> BUILT_IN =
      List.of("stages", "hf", "onnx", "onnx-dynamo", "polygraphy", "trtexec", "edge-llm");
  private static final String REMEDY =
      "Correct the map; maps.md in the documentation says what it may hold.";
  private static final int DEEPEST = 8;

  private final String name;
  private final Path file;
  private final int depth;
  private final List<Rule> rules = new ArrayList<>();
  private final List<Rule> included = new ArrayList<>();
  private final List<NamePattern> ignored = new ArrayList<>();
  private Others others = Others.ERROR;
  private OptionalLong keepTokens = OptionalLong.empty();

  /**
   * @param file null for a built-in map
   */
  private MapFile(String name, Path file, int depth) {
    this.name = name;
    this.file = file;
    this.depth = depth;
  }

  static NameMap read(Path file) {
    return read(file, 0);
  }

  private static NameMap read(Path file, int depth) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return new MapFile(file.toString(), file, depth).read(mapped.bytes());
    }
  }

  static NameMap builtIn(String name) {
    return builtIn(name, 0);
  }

  private static NameMap builtIn(String name, int depth) {
    if (!BUILT_IN.contains(name)) {
      throw new BadInputException(
          "map " + Text.quote(name),
          "is not one that comes with bitref: " + String.join(", ", BUILT_IN),
          "Name one of these, or a file that ends in .json.");
    }
    try (InputStream in = MapFile.class.getResourceAsStream(name + ".json")) {
      return new MapFile(name, null, depth).read(MemorySegment.ofArray(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private NameMap read(MemorySegment text) {
    JsonCursor.readObject(name, REMEDY, text, this::member);
    rules.addAll(included);
    return new NameMap(name, List.copyOf(rules), List.copyOf(ignored), others, keepTokens);
  }

  private void member(JsonCursor in, String key) {
    switch (key) {
      case "about" -> in.string(key);
      case "include" -> in.array(key, () -> include(in, in.string("an included map")));
      case "ignore" -> in.array(key, () -> ignored.add(pattern(in, in.string("a pattern"))));
      case "others" -> others = others(in, in.string(key));
      case "keep_tokens" -> keepTokens = OptionalLong.of(in.wholeNumber(key));
      case "rules" -> in.array(key, () -> rules.add(RuleReader.read(in)));
      default -> throw in.bad("a map has no " + Text.quote(key));
    }
  }

  private void include(JsonCursor in, String other) {
    if (depth == DEEPEST) {
      throw in.bad("maps include one another more than " + DEEPEST + " deep");
    }
    boolean isFile = other.endsWith(".json") && file != null;
    NameMap map =
        isFile
            ? read(InsideFolder.resolve(file, "a map", other, REMEDY), depth + 1)
            : builtIn(other, depth + 1);
    included.addAll(map.rules());
    ignored.addAll(map.ignored());
  }

  private static Others others(JsonCursor in, String text) {
    return switch (text) {
      case "error" -> Others.ERROR;
      case "keep" -> Others.KEEP;
      case "drop" -> Others.DROP;
      default -> throw in.bad("others is " + Text.quote(text) + ", not error, keep or drop");
    };
  }

  static NamePattern pattern(JsonCursor in, String text) {
    try {
      return NamePattern.parse(text);
    } catch (IllegalArgumentException e) {
      throw in.bad("the pattern " + Text.quote(text) + ": " + e.getMessage());
    }
  }
}
