package org.bitref.loaders.polygraphy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpyEncoder;

/**
 * Writes tensors as Polygraphy saves them, one in memory at a time: the same members in the same
 * order, indented by four. BF16 and 8-bit floats are widened to float32, which is exact.
 */
public final class PolygraphyWriter {
  private static final String CLASS = "polygraphy_class";
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private PolygraphyWriter() {}

  /**
   * Writes the outputs of one iteration of one runner, for {@code polygraphy run --load-outputs}.
   *
   * @param runner the name of the runner
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the target cannot be written or exists, or if a name is used twice
   *     or is no valid Unicode
   * @throws IllegalStateException if a supplier gives another dtype or shape than announced
   */
  public static void runResults(
      Path target, String runner, List<TensorEntry> entries, boolean overwrite) {
    TensorEntry.checkUnicode(target, runner);
    write(
        target,
        entries,
        overwrite,
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("lst");
          out.writeStartArray();
          out.writeString(runner);
          out.writeStartArray();
          result(out, runner, entries);
          out.writeEndArray();
          out.writeEndArray();
          out.writeEndArray();
          out.writeStringField(CLASS, "RunResults");
          out.writeEndObject();
        });
  }

  /** As {@link #runResults}, for {@code polygraphy run --load-inputs}. */
  public static void inputs(Path target, List<TensorEntry> entries, boolean overwrite) {
    write(
        target,
        entries,
        overwrite,
        out -> {
          out.writeStartArray();
          out.writeStartObject();
          for (TensorEntry entry : entries) {
            out.writeFieldName(entry.name());
            array(out, entry);
          }
          out.writeEndObject();
          out.writeEndArray();
        });
  }

  /** Writes the whole text. */
  @FunctionalInterface
  private interface Body {
    void write(JsonGenerator out) throws IOException;
  }

  private static void write(Path target, List<TensorEntry> entries, boolean overwrite, Body body) {
    TensorEntry.checkNames(target, entries);
    NewFile.write(
        target,
        overwrite,
        channel -> {
          OutputStream file = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 18);
          try (JsonGenerator out = FACTORY.createGenerator(file)) {
            out.setPrettyPrinter(printer());
            body.write(out);
          }
        });
  }

  /** The layout of Python's {@code json.dumps(.., indent=4)}. */
  private static DefaultPrettyPrinter printer() {
    DefaultIndenter lines = new DefaultIndenter("    ", "\n");
    Separators separators =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    return new DefaultPrettyPrinter(separators).withObjectIndenter(lines).withArrayIndenter(lines);
  }

  private static void result(JsonGenerator out, String runner, List<TensorEntry> entries)
      throws IOException {
    out.writeStartObject();
    out.writeObjectFieldStart("outputs");
    for (TensorEntry entry : entries) {
      out.writeObjectFieldStart(entry.name());
      out.writeFieldName("values");
      array(out, entry);
      out.writeStringField(CLASS, "LazyArray");
      out.writeEndObject();
    }
    out.writeEndObject();
    out.writeNumberField("runtime", 0.0);
    out.writeStringField("runner_name", runner);
    out.writeStringField(CLASS, "IterationResult");
    out.writeEndObject();
  }

  private static void array(JsonGenerator out, TensorEntry entry) throws IOException {
    out.writeStartObject();
    out.writeFieldName("array");
    out.writeBinary(NpyEncoder.stream(entry.tensor()), -1);
    out.writeStringField(CLASS, "ndarray");
    out.writeEndObject();
  }
}
