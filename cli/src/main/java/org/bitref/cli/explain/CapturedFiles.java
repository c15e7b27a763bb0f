package org.bitref.cli.explain;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.dump.Dump;
import org.bitref.cli.dump.LayersOption;
import org.bitref.cli.dump.MapOption;
import org.bitref.explain.Capture;
import org.bitref.loaders.Sources;
import org.bitref.loaders.map.NameMap;
import org.bitref.loaders.map.Nearest;
import org.bitref.model.StageNames;
import org.bitref.tensor.TensorSource;

/** Open files with the stages of systems. */
final class CapturedFiles implements AutoCloseable {
  /** As many names as a message has room for. */
  private static final int SHOWN = 5;

  private final List<TensorSource> sources = new ArrayList<>();

  /**
   * Opens one more.
   *
   * @throws BadInputException if it cannot be read, or holds nothing that a capture is made of
   */
  void open(Path file, LayersOption layers, MapOption map) {
    TensorSource source = map.apply(layers.describe(Sources.open(file)));
    // A folder's own name tells systems apart, not that of a file in it.
    String name =
        Files.isDirectory(file) ? file.toAbsolutePath().normalize().toString() : source.name();
    sources.add(Dump.described(source, name, source.metadata()));
    Collection<String> names = source.tensors().keySet();
    boolean marked = names.stream().anyMatch(tensor -> tensor.matches("(in|w)\\..+"));
    if (!marked && !Capture.holdsStages(source)) {
      throw unnamed(name, names);
    }
  }

  private static BadInputException unnamed(String file, Collection<String> names) {
    List<String> shown = names.stream().limit(SHOWN).map(Text::quote).toList();
    String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
    String nearest =
        names.stream().findFirst().map(name -> Nearest.of(name, StageNames.all())).orElse("none");
    return new BadInputException(
        file,
        names.isEmpty()
            ? "holds no tensor"
            : "holds no stage of a model: its names are %s%s; the nearest to the first are %s"
                .formatted(shown.stream().collect(Collectors.joining(", ")), more, nearest),
        remedy(names));
  }

  private static String remedy(Collection<String> names) {
    return fitting(names)
        .map(
            map ->
                "Give --map %s, which knows %s of its %s names."
                    .formatted(map, NameMap.load(map).known(names), names.size()))
        .orElse(
            "Give --map M.json with rules such as {\"from\": \"NAME\", \"to\": \"q_proj\"}; see"
                + " maps.md in the documentation.");
  }

  /** The map of those that come with bitref that knows most of these names. */
  private static Optional<String> fitting(Collection<String> names) {
    return NameMap.builtIn().stream()
        .filter(map -> NameMap.load(map).known(names) > 0)
        .max(Comparator.comparingLong(map -> NameMap.load(map).known(names)));
  }

  List<TensorSource> sources() {
    return sources;
  }

  @Override
  public void close() {
    sources.forEach(TensorSource::close);
  }
}
