package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bitref.Text;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.LayerList;
import org.bitref.explain.Selection;
import org.bitref.loaders.file.Nearest;
import org.bitref.model.StageNames;
import picocli.CommandLine.Option;

/** The options {@code --layers} and {@code --stages}: which stages of a capture are meant. */
public final class StageOptions {
  @Option(
      names = "--layers",
      paramLabel = "LIST",
      converter = LayerList.Converter.class,
      description = "Stages of these layers only, for example 0-3 or 0,2,7-9.")
  private Optional<LayerList> layers = Optional.empty();

  @Option(
      names = "--stages",
      paramLabel = "NAME",
      split = ",",
      description = "Stages of these names only, of every layer: q_proj,attn_out.")
  private List<String> stages = new ArrayList<>();

  /**
   * What is asked of these stages of a capture.
   *
   * @throws UsageException if it holds no such layer or stage
   */
  public Selection of(List<String> captured) {
    Set<Integer> numbers = layers.<Set<Integer>>map(LayerList::layers).orElse(Set.of());
    checkLayers(numbers, Selection.layers(captured));
    Set<String> there = new TreeSet<>();
    captured.forEach(stage -> there.add(Selection.kind(stage)));
    Set<String> kinds = new HashSet<>();
    stages.forEach(name -> kinds.add(kind(name, there)));
    Selection selection = new Selection(numbers, kinds);
    if (!selection.isAll() && captured.stream().noneMatch(selection::includes)) {
      List<String> named =
          captured.stream().filter(new Selection(Set.of(), kinds)::includes).toList();
      Set<Integer> of = Selection.layers(named);
      throw UsageException.value(
          "--stages",
          "the capture holds none of them in layers %s%s"
              .formatted(
                  ScopeWords.ranges(numbers),
                  of.isEmpty() ? "" : "; it holds some in layers " + ScopeWords.ranges(of)));
    }
    return selection;
  }

  private static void checkLayers(Set<Integer> asked, Set<Integer> there) {
    for (int layer : asked) {
      if (!there.contains(layer)) {
        throw UsageException.value(
            "--layers",
            "the capture holds no stage of layer %s%s"
                .formatted(
                    layer, there.isEmpty() ? "" : "; its layers are " + ScopeWords.ranges(there)));
      }
    }
  }

  /** Other tools' names count, as everywhere. */
  private static String kind(String name, Set<String> there) {
    String kind =
        name.contains(".") ? name : StageNames.stage(name).map(Selection::kind).orElse(name);
    if (!there.contains(kind)) {
      throw UsageException.value(
          "--stages",
          "the capture holds no stage %s; the nearest names are %s"
              .formatted(Text.quote(name), Nearest.of(name, there)));
    }
    return kind;
  }
}
