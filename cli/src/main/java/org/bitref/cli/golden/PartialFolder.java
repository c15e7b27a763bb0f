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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.NewFolder;
import org.bitref.cli.console.Session;
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
 * run.json}, which says what run they belong to. Where a run is stopped or fails and leaves results
 * behind, its user is told how to go on.
 */
final class PartialFolder implements TensorSource {
  private static final String SUFFIX = ".safetensors";
  private static final String RUN = "run.json";

  private final Path out;
  private final Path folder;
  private final Map<String, String> fingerprint;
  private final boolean resumed;
  private final Session session;
  private final Thread hook = new Thread(this::say);
  private final Map<String, TensorSource> open = new LinkedHashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private boolean explained;

  private PartialFolder(
      Path out, Map<String, String> fingerprint, boolean resumed, Session session) {
    this.out = out;
    this.folder = out.resolveSibling(out.getFileName() + ".partial");
    this.fingerprint = fingerprint;
    this.resumed = resumed;
    this.session = session;
  }

  /**
   * The folder beside {@code out}; nothing is created before the first result.
   *
   * @param fingerprint what must be the same for a run to go on from these results
   * @param resume whether results of an earlier run are used
   * @param force whether they are deleted
   * @throws BadInputException if there are results and neither is wanted, or if they belong to
   *     another run
   */
  static PartialFolder of(
      Path out, Map<String, String> fingerprint, boolean resume, boolean force, Session session) {
    PartialFolder partial = new PartialFolder(out, fingerprint, resume, session);
    if (Files.exists(partial.folder)) {
      if (resume) {
        partial.checkRun();
        partial.scan();
      } else if (force) {
        partial.delete();
      } else {
        throw new BadInputException(
            partial.name(),
            "holds the results of a run that has not ended",
            "Go on with --resume, or start again with --force.");
      }
    }
    Runtime.getRuntime().addShutdownHook(partial.hook);
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
    Set<String> differences = new LinkedHashSet<>(fingerprint.keySet());
    differences.addAll(run.keySet());
    differences.removeIf(
        key -> fingerprint.getOrDefault(key, "").equals(run.getOrDefault(key, "")));
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
      try {
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw IoProblem.writing(folder, e);
      }
      TextFile.write(folder.resolve(RUN), Json.text(fingerprint), true);
    }
    SafetensorsWriter.write(file(stage), Map.of(), List.of(TensorEntry.of(stage, tensor)), true);
    add(stage);
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

  /** Removes the folder with what is in it. */
  void delete() {
    closeFiles();
    try {
      if (Files.exists(folder)) {
        NewFolder.delete(folder);
      }
    } catch (IOException e) {
      throw IoProblem.writing(folder, e);
    }
  }

  /**
   * What to throw for bad input in the middle of a run. A disk that is full can be helped and what
   * is finished stays; other input is no better the next time, and a new run leaves nothing.
   */
  BadInputException explain(BadInputException e) {
    explained = true;
    if (!(e.getCause() instanceof IOException)) {
      if (!resumed) {
        delete();
      }
      return e;
    }
    return e.remedy("Free space and go on with --resume: what is finished is in " + name() + ".");
  }

  private void say() {
    if (!explained && Files.isDirectory(folder)) {
      session.warn("stopped; what is finished is in " + name() + ": go on with --resume");
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      say();
    } catch (IllegalStateException _) {
      // The process is ending already: the hook has run.
    }
    closeFiles();
  }

  private void closeFiles() {
    open.values().forEach(TensorSource::close);
    open.clear();
  }
}
