package org.bitref.cli.pack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bitref.BadInputException;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import org.bitref.cli.dump.LayersOption;
import org.bitref.cli.dump.MapOption;
import org.bitref.cli.dump.SystemNames;
import org.bitref.cli.explain.CapturedFiles;
import org.bitref.cli.explain.NamedFile;
import org.bitref.cli.explain.SharedFiles;
import org.bitref.cli.explain.StageOptions;
import org.bitref.explain.Capture;
import org.bitref.explain.CasePacker;
import org.bitref.explain.CasePacker.Sample;
import org.bitref.explain.PackedCase;
import org.bitref.explain.Selection;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code bitref pack}. */
@Command(
    name = "pack",
    description = {
      "Put the dumps of systems, their inputs and weights into one file, whole or sampled,",
      "for a bug report. explain, identify and sweep read it."
    },
    footer = {
      "NAME=FILE is a system; in=FILE is what all systems got, w=FILE or w=MODEL their weights.",
      "Examples:",
      "  bitref pack trt=a.npz torch=b.pt in=c.npz w=model/ -o case.safetensors",
      "  bitref pack trt=a.npz torch=b.pt in=c.npz w=model/ --layers 0 --rows 16 --cols 128 \\",
      "      -o case.safetensors",
      "  bitref pack torch.safetensors trt.safetensors w=model/ --rows 0-31 \\",
      "      --stages q_proj,attn_out -o case.safetensors",
      "  bitref explain case.safetensors",
    })
public final class PackCommand implements Callable<Integer> {
  @ParentCommand private Session session;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME=FILE",
      converter = NamedFile.Converter.class,
      description = "Dumps, as explain reads them. Without NAME= a system is called like its file.")
  private List<NamedFile> files;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Checkpoint folder: its config, and weights that w=FILE does not hold.")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--systems",
      paramLabel = "A,B",
      split = ",",
      description = "Systems to pack; all unless given.")
  private List<String> systems = new ArrayList<>();

  @Mixin private final StageOptions stages = new StageOptions();

  @Option(
      names = "--rows",
      paramLabel = "LIST|N",
      converter = RowChoice.Converter.class,
      description =
          "Tokens to keep: 0,5-9, or a number of evenly spread ones. Of the first ones"
              + " attention can be computed again.")
  private Optional<RowChoice> rows = Optional.empty();

  @Option(
      names = "--cols",
      paramLabel = "N",
      description = "Columns of each product to keep, with the rows of its weight; whole heads.")
  private Optional<Integer> columns = Optional.empty();

  @Mixin private final MapOption map = new MapOption();

  @Mixin private final LayersOption layersInfo = new LayersOption();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "Safetensors file to write.")
  private Path out;

  @Option(names = "--force", description = "Replace OUT.")
  private boolean force;

  @Override
  public Integer call() {
    columns.ifPresent(number -> UsageException.requireAtLeast("--cols", 1, number));
    OutputFile.check(out, force);
    try (SharedFiles shared = new SharedFiles();
        CapturedFiles captured = new CapturedFiles();
        var _ = session.progress("pack")) {
      open(captured, shared);
      checkName();
      Capture all = Capture.ofAny(captured.with(shared), shared.model());
      SystemNames.check("--systems", systems, all.names());
      Capture capture = all.only(systems);
      Selection selection = stages.of(capture.stages());
      PackedCase packed = CasePacker.pack(capture, selection, sample(capture));
      SafetensorsWriter.write(out, packed.metadata(), entries(packed), force);
      return session.finish("pack", PackReport.of(out, packed, selection, capture.reading()));
    }
  }

  private void checkName() {
    if (out.toString().matches("(?i).*\\.(npz|json)")) {
      throw UsageException.value("-o", "a case is a safetensors file: give a name that ends so");
    }
  }

  private void open(CapturedFiles captured, SharedFiles shared) {
    boolean tensors = model.isPresent();
    for (NamedFile file : files) {
      if (file.is("in")) {
        shared.openInputs(file.path(), map);
      } else if (file.is("w")) {
        shared.openWeights(file.path(), tensors, map);
      } else {
        captured.open(file.name(), file.path(), layersInfo, map);
      }
    }
    model.ifPresent(shared::openModel);
    shared.check();
    captured.check();
    layersInfo.check();
  }

  private Sample sample(Capture capture) {
    int tokens = CasePacker.tokens(capture);
    if (rows.isPresent() && tokens == 0) {
      throw new BadInputException(
          String.join(", ", files.stream().map(file -> file.path().toString()).toList()),
          "holds no stage that tells how many tokens there are",
          "Leave out --rows.");
    }
    return new Sample(rows.map(choice -> choice.of(tokens)), columns);
  }

  private static List<TensorEntry> entries(PackedCase packed) {
    return packed.tensors().stream()
        .map(part -> new TensorEntry(part.name(), part.dtype(), part.shape(), part.data()))
        .toList();
  }
}
