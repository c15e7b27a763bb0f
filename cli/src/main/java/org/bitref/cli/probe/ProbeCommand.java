package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.NewFolder;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import org.bitref.kernel.Workers;
import org.bitref.loaders.json.JsonObject;
import org.bitref.probe.ProbeSetup;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref probe}. */
@Command(
    name = "probe",
    description = "Find out how a device computes a matrix product.",
    footer = {
      "Examples:",
      "  bitref probe make --shape 3006x4096x1024 --dtype f16 -o probe/",
      "  python3 probe/run_torch.py",
      "  bitref probe decode probe/ probe/outputs.safetensors -o next/",
    })
public final class ProbeCommand implements Runnable {
  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command: make or decode");
  }

  @Command(
      name = "make",
      description = "Write a folder of inputs, and scripts that run them on a device.",
      footer = {
        "Examples:",
        "  bitref probe make --shape 3006x4096x1024 --dtype f16 -o probe/",
        "  bitref probe make --shape 64x4096x1024 --dtype f16 --mode weights -o probe/ \\",
        "      --weights model.safetensors:model.layers.0.self_attn.k_proj.weight",
        "  bitref probe make --functions all --dtype f16 -o functions/",
      })
  int make(
      @Option(
              names = "--shape",
              paramLabel = "MxKxN",
              description =
                  "The product; with --functions RxW, rows of softmax and norm: 128x1024.")
          String shape,
      @Option(
              names = "--functions",
              split = ",",
              paramLabel = "LIST",
              description =
                  "Not a product but: all, or some of ex2,rcp,rsqrt,exp,silu,softmax,norm.")
          List<String> functions,
      @Option(
              names = "--dtype",
              required = true,
              paramLabel = "T",
              description = "Type of the operands: f16 bf16 f32 f64 f8_e4m3 f8_e5m2.")
          DType dtype,
      @Option(
              names = "--output-dtype",
              paramLabel = "T",
              description = "Type of the result; that of the operands unless given.")
          DType output,
      @Option(
              names = "--mode",
              defaultValue = "free",
              paramLabel = "free|weights",
              description = "Whether the weights are inputs (free) or built into the engine.")
          ProbeSetup.Mode mode,
      @Option(
              names = "--weights",
              paramLabel = "FILE:NAME",
              description = "The weights [N, K] of the engine.")
          String weights,
      @Option(
              names = "--bias",
              paramLabel = "NAME",
              description = "The engine adds a bias: its tensor in FILE; any name if it is free.")
          String bias,
      @Option(names = "--force", description = "Replace an existing probe.") boolean force,
      @Option(
              names = {"-o", "--output"},
              required = true,
              paramLabel = "DIR",
              description = "Folder to make.")
          Path folder) {
    Question question;
    try {
      question =
          functions == null
              ? product(shape, dtype, output, mode, weights, bias)
              : functions(functions, lengths(shape == null ? "128x1024" : shape, "RxW"), dtype);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    long bytes = ProbeFolder.write(ProbeFolder.at(folder, force), question);
    return session.finish("probe.make", new Made(folder.toString(), bytes));
  }

  private Question product(
      String shape, DType in, DType out, ProbeSetup.Mode mode, String weights, String bias) {
    if (shape == null) {
      throw new IllegalArgumentException("--shape MxKxN or --functions is needed");
    }
    if ((mode == ProbeSetup.Mode.WEIGHTS) != (weights != null)) {
      throw new IllegalArgumentException("--weights goes with --mode weights");
    }
    int[] n = lengths(shape, "MxKxN");
    Optional<String> given = Optional.ofNullable(weights);
    return new ProductQuestion(
        new ProbeSetup(
            n[0],
            n[1],
            n[2],
            in,
            out == null ? in : out,
            mode,
            bias != null,
            0,
            session.seed(),
            List.of()),
        given,
        given.flatMap(_ -> Optional.ofNullable(bias)));
  }

  private Question functions(List<String> names, int[] lengths, DType dtype) {
    return new FunctionQuestion(
        new FunctionSetup(dtype, lengths[0], lengths[1], session.seed()),
        names.equals(List.of("all"))
            ? List.of(SpecialFunction.values())
            : names.stream().map(SpecialFunction::of).distinct().toList());
  }

  private static int[] lengths(String shape, String form) {
    String[] words = shape.split("x", -1);
    if (words.length != form.split("x", -1).length) {
      throw new IllegalArgumentException("--shape is " + form + ", not " + shape);
    }
    int[] lengths = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      lengths[i] = Integer.parseInt(words[i]);
    }
    return lengths;
  }

  /** What make wrote. */
  private record Made(String path, long inputBytes) implements Result {
    @Override
    public void text(Lines text) {
      text.line(path + ": inputs of " + Numbers.bytes(inputBytes));
      text.line("Next, where the device is, one of");
      text.line("  python3 " + path + "/run_torch.py");
      text.line("  python3 " + path + "/run_onnxruntime.py");
      text.line("  python3 " + path + "/run_tensorrt.py (not run by its authors)");
      text.line("and then: bitref probe decode %1$s %1$s/outputs.safetensors".formatted(path));
    }
  }

  @Command(
      name = "decode",
      description = "Read the arithmetic from what the device computed.",
      footer = {
        "Example:",
        "  bitref probe decode probe/ probe/outputs.safetensors --save fleet.json#thor-q",
      })
  int decode(
      @Parameters(paramLabel = "DIR", description = "Folder that make wrote.") Path folder,
      @Parameters(paramLabel = "OUTPUTS", description = "File that a script wrote.") Path outputs,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "NEXT_DIR",
              description = "Folder for the next round, if one is needed.")
          Path next,
      @Option(
              names = "--save",
              paramLabel = "FILE#NAME",
              description =
                  "Add the recipe to a catalogue under this name; of functions, NAME.silu etc.")
          String save,
      @Option(names = "--force", description = "Replace NEXT_DIR, or the catalogue's entry.")
          boolean force) {
    Optional<CatalogueEntry> entry = Optional.ofNullable(save).map(CatalogueEntry::of);
    Optional<NewFolder> round = Optional.ofNullable(next).map(n -> ProbeFolder.at(n, force));
    JsonObject manifest = ProbeFolder.manifest(folder);
    Question question = ProbeFolder.question(folder, manifest);
    Outputs read = Outputs.read(folder, manifest, outputs);
    Question.Answer answer;
    try (Workers workers = session.workers();
        var _ = session.progress("probe")) {
      answer = question.decode(read, workers);
    }
    Optional<? extends Question> open = round.isEmpty() ? Optional.empty() : answer.next().get();
    open.ifPresent(asked -> ProbeFolder.write(round.get(), asked));
    entry.ifPresent(
        to ->
            answer
                .decided()
                .forEach(found -> to.save(found, read.metadata(), question.shape(), force)));
    return session.finish(
        "probe.decode", DecodeReport.of(answer.findings(), open.map(_ -> next), read.metadata()));
  }
}
