package org.bitref.loaders.map;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.InsideFolder;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Nearest;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.map.MappedSource.Mapped;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Rules by which the names and layouts of another tool become those of the stages. The first rule
 * whose pattern fits a name decides. A name that fits neither a rule nor a pattern to be ignored is
 * an error unless the map says otherwise, and so are two tensors that get one name: nothing is
 * skipped in silence.
 *
 * <p>A map's JSON text has {@code rules}, and, all optional, {@code about} (a text), {@code
 * include} (names of built-in maps, or files beside this one, whose rules follow those of this
 * one), {@code ignore} (patterns), {@code others} ("error", "keep" or "drop"; "error" if not given)
 * and {@code keep_tokens} (how many of the first tokens every rule with a {@code tokens} axis
 * keeps).
 */
public final class NameMap {
  private static final String STAGES = "stages";
  private static final List<String> BUILT_IN =
      List.of(STAGES, "hf", "onnx", "onnx-dynamo", "polygraphy", "trtexec", "edge-llm");
  private static final String REMEDY =
      "Correct the map; maps.md in the documentation says what it may hold.";
  private static final int DEEPEST = 8;
  private static final int SHOWN = 5;

  /** What becomes of names that fit no pattern. */
  private enum Others {
    ERROR,
    KEEP,
    DROP
  }

  private final String name;
  private final Optional<Path> file;
  private final int depth;
  private final List<Rule> rules = new ArrayList<>();
  private final List<Rule> included = new ArrayList<>();
  private final List<NamePattern> ignored = new ArrayList<>();
  private Others others = Others.ERROR;
  private OptionalLong keepTokens = OptionalLong.empty();

  /**
   * @param file empty for a built-in map
   * @param depth how many maps include this one, one in another
   */
  private NameMap(String name, Optional<Path> file, int depth, MemorySegment text) {
    this.name = name;
    this.file = file;
    this.depth = depth;
    JsonCursor.readObject(name, REMEDY, text, this::member);
    rules.addAll(included);
  }

  /** The maps that come with bitref. */
  public static List<String> builtIn() {
    return BUILT_IN;
  }

  /**
   * A built-in map by its name, or one from a JSON file.
   *
   * @param nameOrPath a path if it ends in {@code .json}
   * @throws BadInputException if there is no such map, or if the file has a defect
   */
  public static NameMap load(String nameOrPath) {
    return nameOrPath.endsWith(".json") ? load(Path.of(nameOrPath)) : builtIn(nameOrPath, 0);
  }

  /**
   * A map from a JSON file.
   *
   * @throws BadInputException if the file cannot be read or has a defect
   */
  public static NameMap load(Path file) {
    return load(file, 0);
  }

  private static NameMap load(Path file, int depth) {
    try (MappedFile mapped = MappedFile.open(file, MappedFile.SETTINGS)) {
      return new NameMap(file.toString(), Optional.of(file), depth, mapped.bytes());
    }
  }

  private static NameMap builtIn(String name, int depth) {
    if (!BUILT_IN.contains(name)) {
      throw new BadInputException(
          "map " + Text.quote(name),
          "is not one that comes with bitref; the nearest are " + Nearest.of(name, BUILT_IN),
          "Name one of " + String.join(", ", BUILT_IN) + ", or a file that ends in .json.");
    }
    try (InputStream in = NameMap.class.getResourceAsStream(name + ".json")) {
      NameMap map =
          new NameMap(name, Optional.empty(), depth, MemorySegment.ofArray(in.readAllBytes()));
      if (name.equals(STAGES)) {
        map.rules.addAll(0, StageRules.all());
      }
      return map;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    NameMap map =
        file.filter(_ -> other.endsWith(".json"))
            .map(self -> load(InsideFolder.resolve(self, "a map", other, REMEDY), depth + 1))
            .orElseGet(() -> builtIn(other, depth + 1));
    included.addAll(map.rules);
    ignored.addAll(map.ignored);
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

  /**
   * The source under other names and in other layouts. Shapes are checked now, data is moved when a
   * tensor is read. Closing the result closes the source.
   *
   * @throws BadInputException if names are left over or come twice, or if a layout does not fit
   */
  public TensorSource apply(TensorSource source) {
    Map<String, Mapped> mapped = new LinkedHashMap<>();
    List<String> leftOver = new ArrayList<>();
    for (TensorInfo info : source.tensors().values()) {
      Optional<List<Mapped>> results = apply(source, info);
      if (results.isEmpty()) {
        leftOver.add(info.name());
      }
      results.orElse(List.of()).forEach(result -> put(source, mapped, result));
    }
    if (!leftOver.isEmpty()) {
      throw leftOver(source, leftOver);
    }
    if (mapped.isEmpty() && !source.tensors().isEmpty()) {
      throw leftOver(source, List.copyOf(source.tensors().keySet()));
    }
    return new MappedSource(source, mapped);
  }

  /**
   * The source with those tensors under other names that this map has rules for, but for names that
   * mean something as they are. All else stays.
   *
   * @param meaningful names that stay
   * @throws BadInputException if names come twice, or if a layout does not fit
   */
  public TensorSource applyTo(TensorSource source, Predicate<String> meaningful) {
    Map<String, Mapped> mapped = new LinkedHashMap<>();
    for (TensorInfo info : source.tensors().values()) {
      Optional<List<Mapped>> results =
          meaningful.test(info.name()) ? Optional.empty() : byRule(source, info);
      results
          .orElseGet(() -> List.of(unchanged(source, info)))
          .forEach(result -> put(source, mapped, result));
    }
    return new MappedSource(source, mapped);
  }

  /** How many of these names the map has a rule for that keeps them. */
  public long known(Collection<String> names) {
    return names.stream()
        .filter(
            name ->
                rules.stream()
                    .filter(rule -> rule.from().match(name).isPresent())
                    .findFirst()
                    .filter(rule -> !rule.to().isEmpty())
                    .isPresent())
        .count();
  }

  private static void put(TensorSource source, Map<String, Mapped> mapped, Mapped result) {
    Mapped before = mapped.putIfAbsent(result.name(), result);
    if (before != null) {
      throw new BadInputException(
          source.name(),
          "%s and %s would both be called %s"
              .formatted(
                  Text.quote(before.from().name()),
                  Text.quote(result.from().name()),
                  Text.quote(result.name())),
          "Leave one of them out by a rule before the others: {\"from\": \"NAME\", \"to\": []}.");
    }
  }

  /** What becomes of one tensor; nothing if the map does not know. */
  private Optional<List<Mapped>> apply(TensorSource source, TensorInfo info) {
    Optional<List<Mapped>> ruled = byRule(source, info);
    if (ruled.isPresent()) {
      return ruled;
    }
    if (ignored.stream().anyMatch(pattern -> pattern.match(info.name()).isPresent())) {
      return Optional.of(List.of());
    }
    return switch (others) {
      case ERROR -> Optional.empty();
      case DROP -> Optional.of(List.of());
      case KEEP -> Optional.of(List.of(unchanged(source, info)));
    };
  }

  private static Mapped unchanged(TensorSource source, TensorInfo info) {
    return new Mapped(info.name(), info, List.of(), TensorView.of(source.name(), info));
  }

  private Optional<List<Mapped>> byRule(TensorSource source, TensorInfo info) {
    for (Rule rule : rules) {
      Optional<Map<String, String>> values = rule.from().match(info.name());
      if (values.isPresent()) {
        return Optional.of(
            rule.to().isEmpty()
                ? List.of()
                : Expansion.of(source, rule, values.get(), info, keepTokens));
      }
    }
    return Optional.empty();
  }

  private BadInputException leftOver(TensorSource source, List<String> names) {
    List<String> shown = names.stream().limit(SHOWN).map(Text::quote).toList();
    String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
    List<String> patterns = rules.stream().map(rule -> rule.from().toString()).toList();
    return new BadInputException(
        source.name(),
        "the map %s has no rule for %s%s; the patterns nearest to the first are %s"
            .formatted(
                name, String.join(", ", shown), more, Nearest.of(names.getFirst(), patterns)),
        "Add rules, or patterns to \"ignore\", in a map that includes this one.");
  }
}
