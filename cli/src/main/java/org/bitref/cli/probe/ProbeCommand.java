package org.bitref.cli.probe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import org.bitref.kernel.Workers;
import org.bitref.loaders.json.JsonObject;
import org.bitref.probe.Decoded;
import org.bitref.probe.Probe;
import org.bitref.probe.ProbeDecoder;
import org.bitref.probe.ProbeSetup;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionSetup;
import org.bitref.probe.function.SpecialFunction;
import org.bitref.tensor.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
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
  private final Session session;
  @Spec private CommandSpec spec;

  /** A command that reports to this session. */
  public ProbeCommand(Session session) {
    this.session = session;
  }

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
    if (functions != null) {
      return makeFunctions(functions, shape == null ? "128x1024" : shape, dtype, folder, force);
    }
    if (shape == null) {
      throw new ParameterException(spec.commandLine(), "--shape MxKxN or --functions is needed");
    }
    if ((mode == ProbeSetup.Mode.WEIGHTS) != (weights != null)) {
      throw new ParameterException(spec.commandLine(), "--weights goes with --mode weights");
    }
    ProbeSetup setup;
    try {
      int[] lengths = lengths(shape, "MxKxN");
      setup =
          new ProbeSetup(
              lengths[0],
              lengths[1],
              lengths[2],
              dtype,
              output == null ? dtype : output,
              mode,
              bias != null,
              0,
              session.seed(),
              List.of());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    Optional<String> given = Optional.ofNullable(weights);
    Optional<String> name = given.flatMap(_ -> Optional.ofNullable(bias));
    long bytes = new ProbeFolder(folder, setup, given, name).write(force);
    return session.finish("probe", new Made(folder.toString(), bytes));
  }

  private int makeFunctions(
      List<String> names, String shape, DType dtype, Path folder, boolean force) {
    FunctionFolder made;
    try {
      int[] lengths = lengths(shape, "RxW");
      FunctionSetup setup = new FunctionSetup(dtype, lengths[0], lengths[1], session.seed());
      List<SpecialFunction> functions =
          names.equals(List.of("all"))
              ? List.of(SpecialFunction.values())
              : names.stream().map(SpecialFunction::of).distinct().toList();
      made = new FunctionFolder(folder, setup, functions);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    return session.finish("probe", new Made(folder.toString(), made.write(force)));
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
  private record Made(String folder, long inputBytes) implements Result {
    @Override
    public String text() {
      return """
      %1$s: inputs of %2$s
      Next, where the device is, one of
        python3 %1$s/run_torch.py
        python3 %1$s/run_onnxruntime.py
        python3 %1$s/run_tensorrt.py (not run by its authors)
      and then: bitref probe decode %1$s %1$s/outputs.safetensors
      """
          .formatted(folder, Numbers.bytes(inputBytes));
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
    JsonObject manifest = ProbeFolder.manifest(folder);
    Optional<FunctionFolder> functions = FunctionFolder.of(folder, manifest);
    if (functions.isPresent()) {
      Outputs read = Outputs.read(folder, manifest, outputs);
      return decodeFunctions(functions.get(), read, save, next, force);
    }
    ProbeFolder made = ProbeFolder.of(folder, manifest);
    ProbeSetup setup = made.setup();
    Outputs read = Outputs.read(folder, manifest, outputs);
    Probe probe = made.probe();
    List<Decoded> decoded = ProbeDecoder.decode(probe, read.results(probe));
    Decoded first = decoded.getFirst();
    Optional<Path> round = Optional.empty();
    boolean done = decoded.stream().allMatch(Decoded::isDecoded);
    if (!done && next != null && setup.round() + 1 < ProbeSetup.ROUNDS) {
      ProbeSetup after = setup.next(first.recipes());
      new ProbeFolder(next, after, made.weights(), made.biasName()).write(force);
      round = Optional.of(next);
    }
    if (save != null && done) {
      String shape = setup.m() + "x" + setup.k() + "x" + setup.n();
      read.save(save, "", first.recipes().getFirst().text(), shape, first.confirmed(), force);
    }
    return session.finish("probe", new DecodeReport(decoded, round, read.metadata()));
  }

  private int decodeFunctions(
      FunctionFolder asked, Outputs read, String save, Path next, boolean force) {
    List<FunctionFinding> findings;
    try (Workers workers = session.workers()) {
      findings = asked.decode(read, workers);
    }
    Optional<FunctionFolder> after = next == null ? Optional.empty() : asked.next(next, findings);
    after.ifPresent(round -> round.write(force));
    if (save != null) {
      String shape = asked.setup().rows() + "x" + asked.setup().width();
      for (FunctionFinding f : findings) {
        if (f.isStage() && f.verdict() == FunctionFinding.Verdict.DECODED) {
          read.save(save, "." + f.name(), f.recipe(), shape, f.total(), force);
        }
      }
    }
    return session.finish(
        "probe", new FunctionReport(findings, after.map(FunctionFolder::path), read.metadata()));
  }
}
