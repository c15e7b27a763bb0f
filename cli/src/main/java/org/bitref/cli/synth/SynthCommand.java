package org.bitref.cli.synth;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.NewFolder;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import org.bitref.kernel.Workers;
import org.bitref.model.ModelConfig;
import org.bitref.model.Released;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bitref synth}. */
@Command(
    name = "synth",
    description = {
      "Make a checkpoint of true geometry with made-up weights.",
      "The text model of a released checkpoint in BF16, and a prompt for it, for tests of scale.",
      "The seed fixes every bit."
    },
    footer = {
      "Examples:",
      "  bitref synth --like 8b --layers 1 -o small/",
      "  bitref golden small/ --inputs small/inputs.safetensors -o golden.safetensors",
    })
public final class SynthCommand implements Callable<Integer> {
  /** What may be made. */
  private static final class Models implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Released.names().iterator();
    }
  }

  private static final int MOST_LAYERS = 1000;
  private static final int MOST_TOKENS = 262_144;

  @ParentCommand private Session session;

  @Option(
      names = "--like",
      required = true,
      paramLabel = "MODEL",
      completionCandidates = Models.class,
      description = {
        "The released model whose geometry to take: ${COMPLETION-CANDIDATES}.",
        "2b, 4b and 8b are those of Qwen3-VL."
      })
  private String like;

  @Option(names = "--layers", paramLabel = "N", description = "Number of layers; all unless given.")
  private Integer layers;

  @Option(
      names = "--tokens",
      paramLabel = "S",
      defaultValue = "3006",
      description = "Tokens in inputs.safetensors; ${DEFAULT-VALUE} unless given.")
  private int tokens;

  @Option(
      names = "--shard-size",
      paramLabel = "MB",
      defaultValue = "5000",
      description = "Most megabytes in one file; ${DEFAULT-VALUE} unless given.")
  private int shardMegabytes;

  @Option(names = "--force", description = "Replace an existing synthetic checkpoint.")
  private boolean force;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "Folder to make.")
  private Path folder;

  @Override
  public Integer call() {
    check("--layers", layers == null ? 1 : layers, MOST_LAYERS);
    check("--tokens", tokens, MOST_TOKENS);
    check("--shard-size", shardMegabytes, 1_000_000);
    ModelConfig config = geometry();
    if (layers != null) {
      config = config.withLayers(layers);
    }
    return session.finish("synth", write(config));
  }

  private ModelConfig geometry() {
    try {
      return Released.of(like);
    } catch (IllegalArgumentException e) {
      throw UsageException.value("--like", e.getMessage());
    }
  }

  private static void check(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw UsageException.value(option, "from 1 to %s, not %s".formatted(most, value));
    }
  }

  private SynthReport write(ModelConfig config) {
    final long started = System.nanoTime();
    NewFolder target = NewFolder.of(folder, force, "a synthetic checkpoint", SynthCommand::isPart);
    SyntheticCheckpoint checkpoint =
        new SyntheticCheckpoint(config, session.seed(), shardMegabytes * 1_000_000L);
    int[] shards = new int[1];
    try (Workers workers = session.workers();
        Progress progress = session.progress("synth", checkpoint.bytes())) {
      target.write(
          temporary -> {
            shards[0] = checkpoint.write(temporary, workers, progress);
            new Prompt(config, tokens, session.seed())
                .write(temporary.resolve("inputs.safetensors"), workers);
          });
    }
    return new SynthReport(
        folder.toString(),
        like,
        config.layers(),
        tokens,
        session.seed(),
        shards[0],
        checkpoint.bytes(),
        (System.nanoTime() - started) / 1e9);
  }

  /** True for the files of a synthetic checkpoint. */
  static boolean isPart(String name) {
    return name.endsWith(".safetensors")
        || List.of("config.json", "model.safetensors.index.json").contains(name);
  }

  /**
   * What was written.
   *
   * @param bytes of weights
   */
  private record SynthReport(
      String path,
      String like,
      int layers,
      int tokens,
      long seed,
      int shards,
      long bytes,
      double seconds)
      implements Result {
    @Override
    public void text(Lines text) {
      text.line(
          "%s: %s with %s, seed %s".formatted(path, like, Numbers.count(layers, "layer"), seed));
      text.line(
          "%s in %s, inputs.safetensors with %s, %s"
              .formatted(
                  Numbers.bytes(bytes),
                  Numbers.count(shards, "shard"),
                  Numbers.count(tokens, "token"),
                  Numbers.seconds(seconds)));
    }
  }
}
