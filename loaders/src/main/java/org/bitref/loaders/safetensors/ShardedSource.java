package org.bitref.loaders.safetensors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Several safetensors files as one source: the shards of an index, or all files of a folder.
 * Opening reads every header and none of the data. Thread-safe.
 */
public final class ShardedSource implements TensorSource {
  private final String name;
  private final Map<Path, SafetensorsFile> shards = new LinkedHashMap<>();
  private final Map<String, SafetensorsFile> owners = new LinkedHashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private ShardedSource(String name) {
    this.name = name;
  }

  /**
   * The shards that an index names; its metadata is the index's, as text.
   *
   * @throws BadInputException if the index or a shard is broken or missing, or if they disagree
   *     about which tensor lies where
   */
  public static ShardedSource openIndex(Path index) {
    ShardIndex parsed = ShardIndex.read(index);
    for (var entry : parsed.weightMap().entrySet()) {
      if (!Files.exists(entry.getValue())) {
        throw new BadInputException(
            index.toString(),
            "tensor %s lies in %s, which does not exist"
                .formatted(Text.quote(entry.getKey()), Text.quote(entry.getValue().toString())),
            "Download the missing shard, or correct the index.");
      }
    }
    ShardedSource source = open(index.toString(), new LinkedHashSet<>(parsed.weightMap().values()));
    boolean agreed = false;
    try {
      source.checkAgainst(index, parsed.weightMap());
      agreed = true;
    } finally {
      if (!agreed) {
        source.close();
      }
    }
    source.metadata.putAll(parsed.metadata());
    return source;
  }

  /**
   * These files; metadata that two of them carry alike or that one alone carries is kept.
   *
   * @throws BadInputException if a file is broken or a tensor lies in two of them
   */
  static ShardedSource openAll(String name, Collection<Path> files) {
    ShardedSource source = open(name, files);
    source.shards.values().forEach(shard -> shard.metadata().forEach(source.metadata::putIfAbsent));
    for (SafetensorsFile shard : source.shards.values()) {
      shard
          .metadata()
          .forEach(
              (key, value) -> {
                if (!value.equals(source.metadata.get(key))) {
                  source.metadata.remove(key);
                }
              });
    }
    return source;
  }

  private static ShardedSource open(String name, Collection<Path> files) {
    ShardedSource source = new ShardedSource(name);
    boolean opened = false;
    try {
      for (Path file : files) {
        source.add(file);
      }
      opened = true;
      return source;
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  private void add(Path path) {
    SafetensorsFile shard = SafetensorsFile.open(path);
    shards.put(path, shard);
    for (TensorInfo info : shard.tensors().values()) {
      SafetensorsFile other = owners.putIfAbsent(info.name(), shard);
      if (other != null) {
        throw new BadInputException(
            name,
            "tensor %s lies in two files, %s and %s"
                .formatted(Text.quote(info.name()), other.name(), shard.name()),
            "Remove one of the files, or name the one that you mean.");
      }
      infos.put(info.name(), info);
    }
  }

  private void checkAgainst(Path index, Map<String, Path> weightMap) {
    weightMap.forEach(
        (tensor, path) -> {
          if (!shards.get(path).has(tensor)) {
            throw new BadInputException(
                index.toString(),
                "tensor %s is not in %s, where the index puts it"
                    .formatted(Text.quote(tensor), Text.quote(path.toString())),
                ShardIndex.REMEDY);
          }
        });
    for (TensorInfo info : infos.values()) {
      if (!weightMap.containsKey(info.name())) {
        throw new BadInputException(
            index.toString(),
            "tensor %s of %s is not in the index".formatted(Text.quote(info.name()), info.file()),
            ShardIndex.REMEDY);
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  @Override
  public Tensor read(String tensor) {
    SafetensorsFile owner = owners.get(tensor);
    if (owner == null) {
      throw new BadInputException(
          name, "no tensor " + Text.quote(tensor), "List its tensors with: bitref inspect.");
    }
    return owner.read(tensor);
  }

  @Override
  public void close() {
    shards.values().forEach(SafetensorsFile::close);
  }
}
