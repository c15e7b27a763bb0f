package org.bitref.loaders.safetensors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Several safetensors files as one source: the shards of an index, or all files of a folder.
 * Opening reads every header and none of the data. Thread-safe.
 */
public final class ShardedSource {
  private final String name;
  private final NamedTensors.Builder tensors;
  private final Map<Path, TensorSource> shards = new LinkedHashMap<>();
  private final Map<String, TensorSource> owners = new LinkedHashMap<>();

  private ShardedSource(String name, NamedTensors.Builder tensors, Collection<Path> files) {
    this.name = name;
    this.tensors = tensors;
    files.forEach(this::add);
  }

  /**
   * The shards that an index names; its metadata is the index's, as text.
   *
   * @throws BadInputException if the index or a shard is broken or missing, or if they disagree
   *     about which tensor lies where
   */
  public static TensorSource openIndex(Path index) {
    ShardIndex parsed = ShardIndex.read(index);
    String name = index.toString();
    parsed
        .weightMap()
        .forEach(
            (tensor, shard) -> {
              if (!Files.exists(shard)) {
                throw new BadInputException(
                    name,
                    "tensor %s lies in %s, which does not exist"
                        .formatted(Text.quote(tensor), Text.quote(shard.toString())),
                    "Download the missing shard, or correct the index.");
              }
            });
    return NamedTensors.of(
        name,
        tensors -> {
          new ShardedSource(name, tensors, new LinkedHashSet<>(parsed.weightMap().values()))
              .checkAgainst(parsed.weightMap());
          tensors.metadata().putAll(parsed.metadata());
        });
  }

  /**
   * These files; metadata that two of them carry alike or that one alone carries is kept.
   *
   * @throws BadInputException if a file is broken or a tensor lies in two of them
   */
  static TensorSource openAll(String name, Collection<Path> files) {
    return NamedTensors.of(
        name, tensors -> new ShardedSource(name, tensors, files).keepCommonMetadata());
  }

  private void keepCommonMetadata() {
    Map<String, String> kept = tensors.metadata();
    shards.values().forEach(shard -> shard.metadata().forEach(kept::putIfAbsent));
    for (TensorSource shard : shards.values()) {
      kept.entrySet()
          .removeIf(
              entry ->
                  !shard
                      .metadata()
                      .getOrDefault(entry.getKey(), entry.getValue())
                      .equals(entry.getValue()));
    }
  }

  private void add(Path path) {
    TensorSource shard = SafetensorsFile.open(path);
    tensors.opened(shard::close);
    shards.put(path, shard);
    for (TensorInfo info : shard.tensors().values()) {
      TensorSource other = owners.putIfAbsent(info.name(), shard);
      if (other != null) {
        throw new BadInputException(
            name,
            "tensor %s lies in two files, %s and %s"
                .formatted(Text.quote(info.name()), other.name(), shard.name()),
            "Name the file that you mean, call the one of the model model.safetensors, or move one"
                + " elsewhere.");
      }
      tensors.add(info, () -> shard.read(info.name()));
    }
  }

  private void checkAgainst(Map<String, Path> weightMap) {
    weightMap.forEach(
        (tensor, path) -> {
          if (!shards.get(path).has(tensor)) {
            throw bad(
                "tensor %s is not in %s, where the index puts it"
                    .formatted(Text.quote(tensor), Text.quote(path.toString())));
          }
        });
    owners.forEach(
        (tensor, shard) -> {
          if (!weightMap.containsKey(tensor)) {
            throw bad(
                "tensor %s of %s is not in the index".formatted(Text.quote(tensor), shard.name()));
          }
        });
  }

  private BadInputException bad(String problem) {
    return new BadInputException(name, problem, ShardIndex.REMEDY);
  }
}
