package org.bitref.cli.golden;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.dump.Dump;
import org.bitref.loaders.kv.KvWriter;
import org.bitref.model.StageId;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Option;

/**
 * The options {@code --kv}, {@code --kv-layout} and {@code --kv-tokens}: the cache as others dump
 * it.
 */
final class KvOption {
  @Option(
      names = "--kv",
      paramLabel = "F",
      description = "Also write the KV cache to this safetensors file.")
  private Path file;

  @Option(
      names = "--kv-layout",
      paramLabel = "hf|engine|golden",
      defaultValue = "hf",
      description =
          "Names and axes of --kv: Hugging Face's, or the engine's or PyTorch's side of"
              + " TensorRT-Edge-LLM's few-layer dumps; ${DEFAULT-VALUE} unless given.")
  private Layout layout;

  @Option(
      names = "--kv-tokens",
      paramLabel = "N",
      description =
          "Tokens that engine and golden have room for, padding included; those of the prompt"
              + " unless given.")
  private Long room;

  /** Layouts that {@link KvWriter} knows as files. */
  enum Layout {
    HF,
    ENGINE,
    GOLDEN
  }

  /**
   * Refuses what could not be written in the end.
   *
   * @throws BadInputException if the file exists and must not be replaced, or there is no such
   *     folder
   */
  void check(boolean force) {
    if (file != null) {
      new OutputFile(file, force);
    }
  }

  /**
   * Refuses a run whose results hold no cache.
   *
   * @throws BadInputException if the option was given and none of these stages is one of a cache
   */
  void check(Set<StageId> wanted) {
    if (file != null && wanted.stream().noneMatch(id -> id.name().startsWith("kv."))) {
      throw new BadInputException(
          "--kv " + file,
          "is to hold a KV cache, but no stage kv.{i}.k or kv.{i}.v is written",
          "Have --stages match them: 'kv\\..*|...'.");
    }
  }

  /** Writes the cache among these stages, if the option was given. */
  void write(TensorSource stages, Map<String, String> metadata, boolean force) {
    if (file == null) {
      return;
    }
    TensorSource source = Dump.described(stages, stages.name(), metadata);
    long tokens = room != null ? room : tokens(stages);
    switch (layout) {
      case HF -> KvWriter.huggingFace(file, source, force);
      case ENGINE -> KvWriter.edgeLlmEngine(file, source, tokens, force);
      case GOLDEN -> KvWriter.edgeLlmGolden(file, source, tokens, force);
    }
  }

  /** Of a cache [B, KV heads, S, D]. */
  private static long tokens(TensorSource stages) {
    return stages.tensors().values().stream()
        .filter(info -> info.name().startsWith("kv."))
        .findFirst()
        .orElseThrow()
        .shape()
        .dim(2);
  }
}
