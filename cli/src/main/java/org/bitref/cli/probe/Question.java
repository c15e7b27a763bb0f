package org.bitref.cli.probe;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.TensorEntry;

/** What a folder asks a device for. */
sealed interface Question permits ProductQuestion, FunctionQuestion {
  /**
   * What a folder holds.
   *
   * @param calls what the manifest says of the model's calls
   */
  record Content(List<TensorEntry> inputs, Optional<List<?>> calls, byte[] model) {}

  /**
   * What a device's outputs say.
   *
   * @param next what the next round asks; empty if nothing is left to ask
   */
  record Answer(
      DecodeReport.Findings findings,
      List<Decided> decided,
      Supplier<Optional<? extends Question>> next) {}

  /**
   * A recipe that was found.
   *
   * @param suffix of its name in a catalogue
   * @param confirmed outputs that were computed again and found equal
   */
  record Decided(String suffix, String recipe, long confirmed) {}

  /** What the manifest says of it, the schema first. */
  Map<String, Object> manifest();

  /** Lengths of what is computed: {@code 64x4096x1024}. */
  String shape();

  /** Makes everything a device needs. */
  Content content();

  /**
   * Decodes every result.
   *
   * @throws BadInputException if a result is missing, of another shape or type, or not what it was
   *     the second time
   */
  Answer decode(Outputs outputs, Workers workers);
}
