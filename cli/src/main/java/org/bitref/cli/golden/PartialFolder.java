package org.bitref.cli.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.TextFile;
import org.bitref.loaders.file.IoProblem;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Results of a run that has not ended: one file per stage, complete or not there, beside one that
 * says what run they belong to. One run at a time writes in the folder. What a run did not write is
 * neither used nor deleted. Where a run is stopped or fails and leaves results behind, its user is
 * told how to go on.
 */
final class PartialFolder implements TensorSource {
  private static final int SHOWN = 3;

  private final Path folder;
  private final PartFiles parts;
  private final String run;
  private final boolean resumed;
  private final Session session;
  private final RunLock lock;
  private final Thread hook = new Thread(this::say);
  private final Map<String, TensorSource> open = new LinkedHashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private volatile boolean kept;
  private boolean explained;
  private boolean damaged;

  private PartialFolder(Path out, PartFiles parts, boolean resumed, Session session)
      throws IOException {
    this.folder = out.resolveSibling(out.getFileName() + ".partial");
    this.parts = parts;
    this.run = parts.run().shortId();
    this.resumed = resumed;
    this.session = session;
    this.lock = RunLock.take(folder);
  }

  /**
   * The folder beside {@code out}, for this run alone until it is closed.
   *
   * @param resume whether results of an earlier run are used
   * @param force whether they are deleted
   * @throws BadInputException if another run writes in it; if there are results and neither is
   *     wanted; if they belong to another run
   */
  static PartialFolder of(
      Path out, PartFiles parts, boolean resume, boolean force, Session session) {
    PartialFolder partial;
    try {
      partial = new PartialFolder(out, parts, resume, session);
    } catch (IOException e) {
      throw IoProblem.writing(out.resolveSibling(out.getFileName() + ".partial"), e);
    }
    boolean begun = false;
    try {
      partial.begin(force);
      begun = true;
    } catch (IOException e) {
      throw IoProblem.reading(partial.folder, e);
    } finally {
      if (!begun) {
        partial.closeFiles();
        partial.release(_ -> false);
        partial.lock.close();
      }
    }
    Runtime.getRuntime().addShutdownHook(partial.hook);
    return partial;
  }

  private void begin(boolean force) throws IOException {
    lock.unsupported()
        .ifPresent(
            why ->
                session.warn(
                    "%s cannot be locked (%s): see to it that no other run writes to it"
                        .formatted(folder, why)));
    List<PartialEntry> entries = PartialEntry.list(folder);
    List<PartialEntry> results = entries.stream().filter(e -> e.stage().isPresent()).toList();
    if (!resumed) {
      if (!results.isEmpty() && !force) {
        throw new BadInputException(
            name(),
            "holds the results of a run that has not ended",
            "Go on with --resume, or start again with --force.");
      }
      delete(entry -> entry.run().isPresent());
      return;
    }
    for (PartialEntry entry : results) {
      if (isOfThisRun(entry)) {
        take(entry.path(), entry.stage().orElseThrow());
      }
    }
    if (open.isEmpty() && !results.stream().allMatch(this::isOfThisRun)) {
      throw ofAnotherRun(results.getFirst().run().orElseThrow());
    }
    for (TensorSource source : open.values()) {
      parts.checkWeights(source, folder);
    }
  }

  private boolean isOfThisRun(PartialEntry entry) {
    return entry.run().filter(run::equals).isPresent();
  }

  /** Uses a result of an earlier run if it is as that run wrote it. */
  private void take(Path file, String stage) {
    try {
      add(stage, parts.openChecked(file, stage));
    } catch (BadInputException _) {
      session.warn(file + " is not as this run wrote it; its stage is computed again");
    }
  }

  private void add(String stage, TensorSource source) {
    open.put(stage, source);
    infos.put(stage, source.tensors().get(stage));
    kept = true;
  }

  private BadInputException ofAnotherRun(String other) throws IOException {
    Path file = folder.resolve(PartialEntry.description(other));
    try {
      Map<String, String> before =
          new ObjectMapper().readValue(TextFile.bytes(file), new TypeReference<>() {});
      return new BadInputException(
          name(),
          "belongs to a run with other " + String.join(", ", parts.run().differences(before)),
          "Use the same arguments and files as then, or start again with --force.");
    } catch (JsonProcessingException | BadInputException e) {
      return new BadInputException(
          name(),
          "belongs to another run, and %s, which says what run, is damaged or missing"
              .formatted(file.getFileName()),
          "Use the same arguments and files as then, or start again with --force.",
          e);
    }
  }

  private Path file(String stage) {
    return folder.resolve(PartialEntry.result(run, stage));
  }

  /** Keeps one result. */
  void write(String stage, Tensor tensor) {
    if (open.isEmpty()) {
      Path description = folder.resolve(PartialEntry.description(run));
      TextFile.write(description, parts.run().json(), true);
    }
    parts.write(file(stage), stage, tensor);
    add(stage, parts.open(file(stage), stage));
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

  /** The results so far, which later ones are computed from. */
  Map<String, Tensor> results() {
    return open.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().read(e.getKey())));
  }

  /**
   * {@inheritDoc}
   *
   * @throws BadInputException also if it is not as it was written
   */
  @Override
  public Tensor read(String tensor) {
    try {
      return parts.read(file(tensor), open.get(tensor), tensor);
    } catch (BadInputException e) {
      damaged = true;
      throw e;
    }
  }

  /** Removes what this run has written, and the folder if nothing else is in it. */
  void delete() {
    closeFiles();
    kept = false;
    try {
      delete(this::isOfThisRun);
      List<PartialEntry> left = PartialEntry.list(folder);
      if (!left.isEmpty()) {
        session.warn(
            "%s stays, because it holds what is not of this run: %s%s"
                .formatted(
                    folder,
                    left.stream()
                        .limit(SHOWN)
                        .map(entry -> Text.printable(entry.path().getFileName().toString()))
                        .collect(Collectors.joining(", ")),
                    left.size() > SHOWN ? ", ..." : ""));
      }
    } catch (IOException e) {
      throw IoProblem.writing(folder, e);
    }
  }

  private void delete(Predicate<PartialEntry> which) throws IOException {
    for (PartialEntry entry : PartialEntry.list(folder)) {
      if (which.test(entry)) {
        Files.deleteIfExists(entry.path());
      }
    }
  }

  /**
   * What to throw for bad input in the middle of a run. A disk that is full can be helped and what
   * is finished stays; other input is no better the next time, and a new run leaves nothing.
   */
  BadInputException explain(BadInputException e) {
    explained = true;
    if (!(e.getCause() instanceof IOException)) {
      if (!resumed && !damaged) {
        delete();
      }
      return e;
    }
    return e.remedy("Free space and go on with --resume: what is finished is in " + name() + ".");
  }

  /** At the end of the process or of the run, whichever comes first. */
  private void say() {
    if (!kept) {
      release(entry -> isOfThisRun(entry) && entry.stage().isEmpty());
    } else if (!explained) {
      session.warn("stopped; what is finished is in " + name() + ": go on with --resume");
    }
  }

  /** Gives the folder up, and deletes it if nothing is in it. */
  private void release(Predicate<PartialEntry> which) {
    try {
      delete(which);
      lock.delete();
      if (!Files.isSymbolicLink(folder)) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException _) {
      // Something is in it; or it cannot be deleted, and an empty folder is in no one's way.
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
    release(_ -> false);
    lock.close();
  }

  private void closeFiles() {
    open.values().forEach(TensorSource::close);
    open.clear();
  }
}
