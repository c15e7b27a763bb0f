package org.bitref.loaders.onnx;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * An ONNX model as a source of weights: the initializers of its graph, under their names. Raw and
 * external data is mapped; numbers in typed fields (float16 as whole numbers among them) are
 * decoded when they are read. Linear weights of exported MatMuls are [in, out]. Initializers of
 * types that bitref does not know (text, 4 bits) are not listed. Thread-safe.
 */
public final class OnnxFile implements TensorSource {
  private static final int GRAPH = 7;

  private final MappedFile file;
  private final Map<String, Weight> weights = new HashMap<>();
  private final Map<String, ExternalData> external = new HashMap<>();
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Integer> unknown = new HashMap<>();

  private OnnxFile(MappedFile file) {
    this.file = file;
  }

  /** True if the bytes are a protobuf message with the fields of a model, a graph among them. */
  public static boolean isOnnx(MemorySegment bytes) {
    boolean graph = false;
    try {
      ProtoReader in = new ProtoReader("", bytes);
      while (in.next()) {
        graph |= in.field() == GRAPH;
        in.value();
      }
      return graph;
    } catch (BadInputException _) {
      return false;
    }
  }

  /**
   * Maps a model and reads what it says of its initializers.
   *
   * @throws BadInputException if the file is no ONNX model, if an initializer has more or fewer
   *     numbers than its shape, if two have one name, or if external data lies in no file of the
   *     model's folder or beyond its end
   */
  public static OnnxFile open(Path path) {
    OnnxFile source = new OnnxFile(MappedFile.open(path));
    boolean opened = false;
    try {
      source.model(path);
      opened = true;
      return source;
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  private void model(Path path) {
    ProtoReader in = new ProtoReader(name(), file.bytes());
    boolean graph = false;
    while (in.next()) {
      switch (in.field()) {
        case 2 -> metadata.put("producer_name", in.text());
        case 3 -> metadata.put("producer_version", in.text());
        case GRAPH -> {
          graph = true;
          graph(path, in.message());
        }
        default -> in.value();
      }
    }
    if (!graph) {
      throw new BadInputException(name(), "has no graph", ProtoReader.DAMAGED);
    }
  }

  private void graph(Path path, ProtoReader in) {
    while (in.next()) {
      switch (in.field()) {
        case 2 -> metadata.put("graph", in.text());
        case 5 -> add(path, Initializer.read(in.message()));
        default -> in.value();
      }
    }
  }

  private void add(Path path, Initializer initializer) {
    String name = initializer.name();
    String where = name() + ": initializer " + Text.quote(name);
    if (infos.containsKey(name) || unknown.containsKey(name)) {
      throw new BadInputException(
          name(), "two initializers are called " + Text.quote(name), ProtoReader.DAMAGED);
    }
    DType dtype = OnnxType.find(initializer.type()).orElse(null);
    if (dtype == null) {
      unknown.put(name, initializer.type());
      return;
    }
    String holder = name();
    long offset = -1;
    if (!initializer.external().isEmpty()) {
      ExternalData data = ExternalData.of(where, path, dtype, initializer);
      external.put(name, data);
      holder = data.file().toString();
      offset = data.offset();
    } else {
      Weight weight = Weight.of(where, dtype, initializer);
      weights.put(name, weight);
      offset = weight.raw() == null ? -1 : weight.raw().address() - file.bytes().address();
    }
    infos.put(name, new TensorInfo(name, dtype, initializer.shape(), holder, offset));
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  /** The exporter, and the graph's name. */
  @Override
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  @Override
  public Tensor read(String tensor) {
    if (weights.containsKey(tensor)) {
      return weights.get(tensor).read();
    }
    if (external.containsKey(tensor)) {
      return external.get(tensor).read();
    }
    String problem =
        unknown.containsKey(tensor)
            ? "initializer %s is of ONNX type %d, which bitref does not read"
                .formatted(Text.quote(tensor), unknown.get(tensor))
            : "no initializer " + Text.quote(tensor);
    throw new BadInputException(name(), problem, "List its initializers with: bitref inspect.");
  }

  @Override
  public void close() {
    external.values().forEach(ExternalData::close);
    file.close();
  }
}
