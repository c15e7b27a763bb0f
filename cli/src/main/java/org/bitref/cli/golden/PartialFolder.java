package org.bitref.cli.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.TextFile;
import org.bitref.loaders.file.IoProblem;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Results of a run that has not ended: one file per stage, complete or not there, beside {@code
 * run.json}, which says what run they belong to.
 */
final class PartialFolder implements TensorSource {
  private static final String SUFFIX = ".safetensors";
  private static final String RUN = "run.json";

  private final Path folder;
  private final Fingerprint fingerprint;
  private final Map<String, TensorSource> open = new LinkedHashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  private PartialFolder(Path folder, Fingerprint fingerprint) {
    this.folder = folder;
    this.fingerprint = fingerprint;
  }

  /**
   * The folder beside {@code out}; nothing is created before the first result.
   *
   * @param resume whether results of an earlier run are used
   * @param force whether they are deleted
   * @throws BadInputException if there are results and neither is wanted, or if they belong to
   *     another run
   */
  static PartialFolder of(Path out, Fingerprint fingerprint, boolean resume, boolean force) {
    Path folder = out.resolveSibling(out.getFileName() + ".partial");
    PartialFolder partial = new PartialFolder(folder, fingerprint);
    if (!Files.exists(folder)) {
      return partial;
    }
    if (resume) {
      partial.checkRun();
      partial.scan();
    } else if (force) {
      partial.delete();
    } else {
      throw new BadInputException(
          folder.toString(),
          "holds the results of a run that has not ended",
          "Go on with --resume, or start again with --force.");
    }
    return partial;
  }

  private void checkRun() {
    Path file = folder.resolve(RUN);
    Map<String, String> run;
    try {
      run = new ObjectMapper().readValue(Files.readString(file), new TypeReference<>() {});
    } catch (JsonProcessingException | NoSuchFileException e) {
      throw new BadInputException(
          file.toString(), "is damaged or missing", "Start again with --force.", e);
    } catch (IOException e) {
      throw IoProblem.reading(file, e);
    }
    List<String> differences = fingerprint.differences(run);
    if (!differences.isEmpty()) {
      throw new BadInputException(
          folder.toString(),
          "belongs to a run with other " + String.join(", ", differences),
          "Use the same arguments and files as then, or start again with --force.");
    }
  }

  private void scan() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "[!.]*" + SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        add(name.substring(0, name.length() - SUFFIX.length()));
      }
    } catch (IOException e) {
      throw IoProblem.reading(folder, e);
    }
  }

  private void add(String stage) {
    TensorSource source = SafetensorsFile.open(file(stage));
    open.put(stage, source);
    infos.put(stage, source.tensors().get(stage));
    if (infos.get(stage) == null) {
      throw new BadInputException(
          source.name(), "holds no tensor \"" + stage + "\"", "Start again with --force.");
    }
  }

  private Path file(String stage) {
    return folder.resolve(stage + SUFFIX);
  }

  /** Keeps one result. */
  void write(String stage, Tensor tensor) {
    if (open.isEmpty()) {
      create();
    }
    SafetensorsWriter.write(file(stage), Map.of(), List.of(TensorEntry.of(stage, tensor)), true);
    add(stage);
  }

  private void create() {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw IoProblem.writing(folder, e);
    }
    TextFile.write(folder.resolve(RUN), Json.text(fingerprint.parts()), true);
  }

  /** The path, for messages. */
  @Override
  public String name() {
    return folder.toString();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public Tensor read(String tensor) {
    return open.get(tensor).read(tensor);
  }

  @Override
  public void close() {
    open.values().forEach(TensorSource::close);
    open.clear();
  }

  /** Removes the folder with what is in it. */
  void delete() {
    close();
    if (!Files.exists(folder)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw IoProblem.writing(folder, e);
    }
  }
}
