package org.bitref.loaders.map;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Rules by which the names and layouts of another tool become those of the stages. The first rule
 * whose pattern fits a name decides. A name that fits neither a rule nor a pattern to be ignored is
 * an error unless the map says otherwise, and so are two tensors that get one name: nothing is
 * skipped in silence.
 */
public final class NameMap {
  private static final int SHOWN = 5;

  /** What becomes of names that fit no pattern. */
  enum Others {
    ERROR,
    KEEP,
    DROP
  }

  private final String name;
  private final List<Rule> rules;
  private final List<NamePattern> ignored;
  private final Others others;
  private final OptionalLong keepTokens;

  NameMap(
      String name,
      List<Rule> rules,
      List<NamePattern> ignored,
      Others others,
      OptionalLong keepTokens) {
    this.name = name;
    this.rules = rules;
    this.ignored = ignored;
    this.others = others;
    this.keepTokens = keepTokens;
  }

  List<Rule> rules() {
    return rules;
  }

  /** Patterns of names to be left out. */
  List<NamePattern> ignored() {
    return ignored;
  }

  /** The maps that come with bitref. */
  public static List<String> builtIn() {
    return MapFile.BUILT_IN;
  }

  /**
   * A built-in map by its name, or one from a JSON file.
   *
   * @param nameOrPath a path if it ends in {@code .json}
   * @throws BadInputException if there is no such map, or if the file has a defect
   */
  public static NameMap load(String nameOrPath) {
    return nameOrPath.endsWith(".json") ? load(Path.of(nameOrPath)) : MapFile.builtIn(nameOrPath);
  }

  /**
   * A map from a JSON file.
   *
   * @throws BadInputException if the file cannot be read or has a defect
   */
  public static NameMap load(Path file) {
    return MapFile.read(file);
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
    for (Rule rule : rules) {
      Optional<Map<String, String>> values = rule.from().match(info.name());
      if (values.isPresent()) {
        return Optional.of(
            rule.to().isEmpty()
                ? List.of()
                : Expansion.of(source, rule, values.get(), info, keepTokens));
      }
    }
    if (ignored.stream().anyMatch(pattern -> pattern.match(info.name()).isPresent())) {
      return Optional.of(List.of());
    }
    return switch (others) {
      case ERROR -> Optional.empty();
      case DROP -> Optional.of(List.of());
      case KEEP ->
          Optional.of(
              List.of(
                  new Mapped(
                      info.name(), info, source.name(), List.of(), Sheet.of(source.name(), info))));
    };
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
