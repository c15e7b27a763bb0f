package org.bitref.loaders.onnx;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.DTypeName;
import org.bitref.loaders.file.DeferredFile;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * An ONNX model as a source of weights: the initializers of its graph, under their names. Raw and
 * external data is mapped; numbers in typed fields (float16 as whole numbers among them) are
 * decoded when they are read. Linear weights of exported MatMuls are [in, out]. Initializers of
 * types that bitref does not know (text, 4 bits) are not listed. Thread-safe.
 */
public final class OnnxFile {
  private static final int GRAPH = 7;

  private final MappedFile file;
  private final NamedTensors.Builder tensors;
  private final Set<String> names = new HashSet<>();
  private final WeightUses uses = new WeightUses();
  private final Map<String, Integer> ranks = new HashMap<>();

  private OnnxFile(MappedFile file, NamedTensors.Builder tensors) {
    this.file = file;
    this.tensors = tensors;
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
   * Maps a model and reads what it says of its initializers. The metadata are the exporter and the
   * graph's name.
   *
   * @throws BadInputException if the file is no ONNX model, if an initializer has more or fewer
   *     numbers than its shape, if two have one name, or if external data lies in no file of the
   *     model's folder or beyond its end
   */
  public static TensorSource open(Path path) {
    return NamedTensors.ofFile(path, (file, tensors) -> new OnnxFile(file, tensors).model(path));
  }

  private void model(Path path) {
    ProtoReader in = new ProtoReader(file.name(), file.bytes());
    boolean graph = false;
    while (in.next()) {
      switch (in.field()) {
        case 2 -> tensors.metadata().put("producer_name", in.text());
        case 3 -> tensors.metadata().put("producer_version", in.text());
        case GRAPH -> {
          graph = true;
          graph(path, in.message());
        }
        default -> in.value();
      }
    }
    if (!graph) {
      throw new BadInputException(file.name(), "has no graph", ProtoReader.DAMAGED);
    }
  }

  private void graph(Path path, ProtoReader in) {
    while (in.next()) {
      switch (in.field()) {
        case 1 -> uses.add(in.message());
        case 2 -> tensors.metadata().put("graph", in.text());
        case 5 -> add(path, Initializer.read(file.name(), in.message()));
        default -> in.value();
      }
    }
    tensors.inGraph().putAll(uses.names(ranks.keySet(), ranks::get));
  }

  private void add(Path path, Initializer initializer) {
    String name = initializer.name();
    if (!names.add(name)) {
      throw new BadInputException(
          file.name(), "two initializers are called " + Text.quote(name), ProtoReader.DAMAGED);
    }
    DTypeName.find(names -> names.onnx() == initializer.type())
        .ifPresentOrElse(
            dtype -> add(path, initializer, dtype),
            () -> tensors.addUnlisted(name, unreadable(file.name(), name, initializer.type())));
  }

  private void add(Path path, Initializer initializer, DType dtype) {
    String name = initializer.name();
    Shape shape = initializer.shape();
    if (dtype.isFloat()) {
      ranks.put(name, shape.rank());
    }
    if (initializer.external().isEmpty()) {
      initializer.check(dtype);
      long start = file.bytes().address();
      long offset = initializer.raw().map(raw -> raw.address() - start).orElse(-1L);
      tensors.add(
          new TensorInfo(name, dtype, shape, file.name(), offset), () -> initializer.read(dtype));
    } else {
      ExternalData data = ExternalData.of(initializer.where(), path, dtype, initializer);
      DeferredFile holder = new DeferredFile(data.file());
      tensors.opened(holder::close);
      tensors.add(
          new TensorInfo(name, dtype, shape, data.file().toString(), data.offset()),
          () -> new Tensor(dtype, shape, holder.bytes(data.offset(), initializer.bytes(dtype))));
    }
  }

  private static BadInputException unreadable(String file, String name, int type) {
    return new BadInputException(
        file,
        "initializer %s is of ONNX type %s, which bitref does not read"
            .formatted(Text.quote(name), type),
        "List its initializers with: bitref inspect.");
  }
}
